/** The recorded cases of keyed windows: Flink 1.20, and Bytewax 0.21 where it means the same. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { playCase } from './formats.ts'
import { type WindowCase, windowDifferences } from './windows/play.ts'

const lines = readFileSync(path.join(import.meta.dirname, 'windows', 'cases.jsonl'), 'utf8')
const cases = lines
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as WindowCase)

for (const [type, recorded] of Map.groupBy(cases, each => each.window.type)) {
  test(`${type}: what Flink gave in ${recorded.length} recorded cases`, async () => {
    for (const each of recorded) assert.deepEqual(await windowDifferences(each), [], each.id)
  })
}

test('a case with another result fails, and so does one with another late element', async () => {
  const [first] = cases
  assert.ok(first !== undefined)
  const [firing, ...others] = first.results
  assert.ok(firing !== undefined)
  const wrong = { ...first, results: [{ ...firing, sum: firing.sum + 1 }, ...others] }
  assert.equal((await playCase({ ...wrong })).kind, 'failed')
  assert.equal((await playCase({ ...first, late: ['e0'] })).kind, 'failed')
})
