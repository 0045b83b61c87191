import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { bundleForBrowser } from './bundle.ts'

interface Entry {
  readonly file: string
  /** What a page imports of it; all of it by default. */
  readonly names?: readonly string[]
  /** What a page may load of it, minified and gzipped. */
  readonly maxBytes: number
  /** What only Node has and is in it; a page that comes to use it fails. */
  readonly nodeOnly: readonly string[]
}

const ENTRIES: readonly Entry[] = [
  { file: 'src/connectors/memory/index.ts', maxBytes: 3500, nodeOnly: [] },
  { file: 'src/connectors/websocket/index.ts', maxBytes: 6000, nodeOnly: ['setImmediate'] },
  { file: 'src/operators/chart/index.ts', maxBytes: 9000, nodeOnly: [] },
  { file: 'src/runtime/small-live.ts', maxBytes: 22_500, nodeOnly: [] },
  // Aggregations, process functions, joins and tables are methods, so their code is in every page: 5, 10, 5 and 6 kB of it.
  { file: 'src/runtime/live/index.ts', names: ['Stream'], maxBytes: 58_000, nodeOnly: [] },
  // Windows and patterns are functions: a page loads those that it names.
  { file: 'src/runtime/live/index.ts', names: ['Stream', 'tumbling'], maxBytes: 62_000, nodeOnly: [] },
  { file: 'src/runtime/live/index.ts', maxBytes: 70_000, nodeOnly: [] },
]

for (const { file, names, maxBytes, nodeOnly } of ENTRIES) {
  const what = names === undefined ? file : `{ ${names.join(', ')} } of ${file}`
  test(`${what} is smaller than ${maxBytes} bytes, and what only Node has in it is known`, async t => {
    const { gzipBytes, builtins, globals } = await bundleForBrowser(
      names === undefined ? file : pageWith(t, names, file),
    )
    t.diagnostic(`${what}: ${gzipBytes} bytes`)
    assert.deepEqual([...builtins, ...globals].toSorted(), nodeOnly.toSorted())
    assert.ok(gzipBytes > 100 && gzipBytes < maxBytes, `${gzipBytes} bytes; the limit is ${maxBytes}`)
  })
}

test('what only Node has is found, wherever it is used', async t => {
  const folder = newFolder(t)
  fs.writeFileSync(path.join(folder, 'a.js'), `import './b.js'\nglobalThis.process?.exit()`)
  fs.writeFileSync(
    path.join(folder, 'b.js'),
    `import { readFileSync } from 'node:fs'\nsetImmediate(readFileSync)`,
  )
  const { builtins, globals } = await bundleForBrowser(path.join(folder, 'a.js'))
  assert.equal(builtins.length, 1)
  assert.match(builtins[0] ?? '', /b\.js imports node:fs$/)
  assert.deepEqual(globals, ['setImmediate'])
})

/** A module that imports these names, and nothing else. */
function pageWith(t: TestContext, names: readonly string[], file: string): string {
  const page = path.join(newFolder(t), 'page.js')
  fs.writeFileSync(page, `export { ${names.join(', ')} } from ${JSON.stringify(path.resolve(file))}`)
  return page
}

function newFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sluice-bundled-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  return folder
}
