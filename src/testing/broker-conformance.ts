/**
 * What every broker promises, as one suite of tests to be run against each implementation.
 *
 * ```ts
 * const memory = { name: 'memory:', replay: 'process', order: 'partition', exactlyOnce: 'commit' }
 * brokerConformance(memory, async (_t, clock) => {
 *   const broker = new MemoryBroker(clock === undefined ? {} : { clock })
 *   return { broker, another: async () => broker, reopen: async () => broker }
 * })
 * ```
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { appendingChecks } from './broker-conformance/appending.ts'
import { cleaningChecks } from './broker-conformance/cleaning.ts'
import { committingChecks } from './broker-conformance/committing.ts'
import { compactingChecks } from './broker-conformance/compacting.ts'
import type { OpenBroker } from './broker-conformance/fixture.ts'
import { groupChecks } from './broker-conformance/groups.ts'
import { momentChecks } from './broker-conformance/moments.ts'
import { readingChecks } from './broker-conformance/reading.ts'
import { sharingChecks } from './broker-conformance/sharing.ts'
import { topicChecks } from './broker-conformance/topics.ts'
import type { Guarantees } from './guarantees.ts'

export type { BrokerUnderTest, OpenBroker } from './broker-conformance/fixture.ts'

/** Registers the whole suite for one broker; `open` gives each test an empty one and cleans up by itself. */
export function brokerConformance(guarantees: Guarantees, open: OpenBroker): void {
  describe(`broker ${guarantees.name}`, () => {
    test('its logs outlive the process exactly where it says so', async t => {
      const { broker } = await open(t)
      assert.equal(broker.shared, guarantees.replay === 'disk')
    })
    topicChecks(open)
    appendingChecks(open)
    readingChecks(open)
    groupChecks(open)
    momentChecks(open)
    committingChecks(open)
    sharingChecks(open)
    cleaningChecks(open)
    compactingChecks(open)
  })
}
