/** The recorded cases of patterns: Flink CEP 1.20, and MATCH_RECOGNIZE of Flink SQL 1.20. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { playCase } from './formats.ts'
import { type MatchRecognizeCase, type PatternCase, patternDifferences } from './patterns/play.ts'

const lines = readFileSync(path.join(import.meta.dirname, 'patterns', 'cases.jsonl'), 'utf8')
const cases = lines
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as PatternCase | MatchRecognizeCase)

for (const [kind, recorded] of Map.groupBy(cases, each => each.kind)) {
  test(`${kind}: what Flink gave in ${recorded.length} recorded cases`, async () => {
    for (const each of recorded) assert.deepEqual(await patternDifferences(each), [], each.id)
  })
}

test('the same with a restart after each event', async () => {
  for (const each of cases) assert.deepEqual(await patternDifferences(each, { restarts: true }), [], each.id)
})

test('a case with another match fails, and so does one with another row', async () => {
  const stages = cases.find(each => each.kind === 'pattern')
  const sql = cases.find(each => each.kind === 'matchRecognize')
  assert.ok(stages !== undefined && sql !== undefined)
  assert.equal((await playCase({ ...stages, matches: stages.matches.slice(1) })).kind, 'failed')
  assert.equal((await playCase({ ...sql, rows: [...sql.rows, ['a', 'e0', 'e1', 'e2']] })).kind, 'failed')
})
