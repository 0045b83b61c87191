/** The README's walk through the sensor job is done as it stands there. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { codeLines, newFolder, ROOT, sluice, start } from './run-example.ts'

const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8')

/** The blocks of a section, by their language. */
function blocksOf(section: string, language: string): readonly string[] {
  const text = readme.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , block]) => block ?? '')
}

const program = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? ''

test('the program is examples/sensor-sums.ts', async () => {
  const example = await readFile(path.join(ROOT, 'examples', 'sensor-sums.ts'), 'utf8')
  assert.deepEqual(codeLines(program), codeLines(example))
})

test('every step prints what the page says', async t => {
  const folder = await newFolder(t)
  const section = 'The sensor job, step by step'
  const [readings = '', more = ''] = blocksOf(section, 'jsonl')
  await writeFile(path.join(folder, 'readings.jsonl'), readings)
  await writeFile(path.join(folder, 'more.jsonl'), more)
  // the package that a reader installs is this checkout
  const source = program.replace("from 'sluice'", `from '${path.join(ROOT, 'src', 'index.ts')}'`)
  await writeFile(path.join(folder, 'sums.ts'), source)

  const scripts = blocksOf(section, 'sh')
  const outputs = blocksOf(section, 'text')
  assert.equal(scripts.length, 2)
  for (const [index, script] of scripts.entries()) {
    let printed = ''
    for (const line of script.trim().split('\n')) {
      assert.match(line, /^npx sluice /)
      printed += await sluice(t, folder, ...line.split(' ').slice(2))
    }
    assert.equal(printed, outputs[index])
    if (index > 0) continue
    const killed = start(t, folder, 'src/cli/main.ts', 'run', 'sums.ts', '--json')
    await new Promise(resolve => killed.child.stdout?.once('data', resolve))
    killed.child.kill('SIGKILL')
    await killed.done
  }
})
