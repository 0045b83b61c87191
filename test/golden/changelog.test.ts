/** The recorded cases of joins, windows and regrouped tables: Kafka Streams 3.9. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { type ChangelogCase, changelogDifferences } from './changelog/play.ts'
import { playCase } from './formats.ts'

const lines = readFileSync(path.join(import.meta.dirname, 'changelog', 'cases.jsonl'), 'utf8')
const cases = lines
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as ChangelogCase)

for (const [kind, recorded] of Map.groupBy(cases, each => each.topology.kind)) {
  test(`${kind}: what Kafka Streams gave in ${recorded.length} recorded cases`, async () => {
    for (const each of recorded) assert.deepEqual(await changelogDifferences(each), [], each.id)
  })

  test(`${kind}: a case with another result fails`, async () => {
    const [first] = recorded
    assert.ok(first !== undefined)
    const step = first.steps.findIndex(rows => rows.length > 0)
    const steps = first.steps.map((rows, number) => (number === step ? rows.slice(1) : rows))
    assert.equal((await playCase({ ...first, steps })).kind, 'failed')
    const later = first.steps.map(rows => rows.map(([key, value, time]) => [key, value, time + 1] as const))
    assert.equal((await playCase({ ...first, steps: later })).kind, 'failed')
  })
}
