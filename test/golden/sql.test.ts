/** The recorded SQL queries: what Flink 1.20 and DuckDB 2.0 both gave. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { playCase } from './formats.ts'
import { type SqlCase, sqlDifferences } from './sql/play.ts'

const lines = readFileSync(path.join(import.meta.dirname, 'sql', 'cases.jsonl'), 'utf8')
const cases = lines
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as SqlCase)

for (const [kind, recorded] of Map.groupBy(cases, each => each.kind)) {
  test(`${kind}: what Flink and DuckDB gave in ${recorded.length} recorded queries`, async () => {
    for (const each of recorded) assert.deepEqual(await sqlDifferences(each), [], each.id)
  })
}

test('a case with a row too few, one too many, or another one fails', async () => {
  const [first] = cases
  assert.ok(first !== undefined)
  const [row, ...others] = first.rows
  assert.ok(row !== undefined)
  for (const rows of [others, [...first.rows, row], [[...row.slice(0, -1), -1], ...others]]) {
    assert.equal((await playCase({ ...first, rows })).kind, 'failed')
  }
  assert.equal((await playCase({ ...first, kind: 'unheardOf' })).kind, 'failed')
})
