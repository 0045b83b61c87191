/** The two oracles, plain code and SQL, give what Flink and DuckDB gave, and agree on other events. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { generate } from '../../examples/nexmark/generate.ts'
import { seedOf } from '../properties/seed.ts'
import { batchAnswer } from './batch.ts'
import {
  assertRecorded,
  assertSame,
  recordedAnswers,
  recordedEvents,
  recordedPlan,
  someEvents,
} from './recorded.ts'
import { sqlAnswers } from './sql.ts'

const events = recordedEvents()

for (const [name, recorded] of recordedAnswers()) {
  test(`plain code gives the recorded answer to ${name}`, () => {
    assertRecorded(batchAnswer(name, events), recorded)
  })
}

test('SQL gives the recorded answers to all queries', async () => {
  const recorded = recordedAnswers()
  const answers = await sqlAnswers([...recorded.keys()], events)
  for (const [name, answer] of recorded) assertRecorded(answers.get(name) ?? [], answer)
})

test('plain code and SQL agree on other events', async t => {
  const seed = seedOf(t)
  const others = someEvents(seed, 5000)
  const recorded = recordedAnswers()
  const answers = await sqlAnswers([...recorded.keys()], others)
  for (const [name, { doubleColumns }] of recorded) {
    assertSame(batchAnswer(name, others), answers.get(name) ?? [], doubleColumns)
  }
})

test('the same plan gives the recorded events, byte by byte', () => {
  const made = [...generate(recordedPlan())]
  assert.deepEqual(
    made.map(event => JSON.stringify(event)),
    events.map(event => JSON.stringify(event)),
  )
})
