import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { bundleForBrowser } from './bundle.ts'

/** What a page loads of each entry, minified and gzipped. */
const LIMITS_BYTES: Readonly<Record<string, number>> = {
  'src/operators/chart/index.ts': 9000,
}

for (const [entry, limit] of Object.entries(LIMITS_BYTES)) {
  test(`${entry} needs nothing that only Node has, and is smaller than ${limit} bytes`, async t => {
    const { gzipBytes, builtins, globals } = await bundleForBrowser(entry)
    t.diagnostic(`${entry}: ${gzipBytes} bytes`)
    assert.deepEqual([...builtins, ...globals], [])
    assert.ok(gzipBytes > 100 && gzipBytes < limit, `${gzipBytes} bytes; the limit is ${limit}`)
  })
}

test('what only Node has is found, wherever it is used', async t => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sluice-bundled-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
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
