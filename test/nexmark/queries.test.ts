/** Every query gives the recorded answer to the recorded events. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { queries } from '../../examples/nexmark/queries.ts'
import { playQuery, STRAIGHT } from './play.ts'
import { assertRecorded, recordedAnswers, recordedEvents } from './recorded.ts'

const events = recordedEvents()
const answers = recordedAnswers()

test('there is a query for each recorded answer', () => {
  assert.deepEqual(Object.keys(queries).sort(), [...answers.keys()].sort())
})

for (const name of Object.keys(queries)) {
  test(`${name} gives the recorded answer`, async () => {
    const recorded = answers.get(name)
    if (recorded === undefined) throw new Error(`nothing was recorded of ${name}`)
    assertRecorded(await playQuery(name, events, STRAIGHT), recorded)
  })
}
