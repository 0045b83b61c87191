/** Programs that come, write and go keep to the rules of topics too. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { BatchBuilder, openBroker } from '../../src/broker/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

const KEPT_BYTES = 100_000
const BATCH_BYTES = 20_000

test('what one short writer leaves beyond the retention is removed as it closes', async () => {
  const url = `file:${temporaryFolder()}/broker`
  const first = await openBroker(url)
  await first.createTopic({ name: 'log', partitions: 1, kind: 'user', retention: { bytes: KEPT_BYTES } })
  await first.close()
  for (let writer = 0; writer < 3; writer++) {
    const broker = await openBroker(url)
    const batches = Array.from({ length: 100 }, () => {
      const builder = new BatchBuilder()
      builder.append(null, Buffer.alloc(BATCH_BYTES), 0)
      return builder.build()
    })
    await broker.produce(
      batches.flatMap(batch => (batch === undefined ? [] : [{ topic: 'log', partition: 0, batch }])),
    )
    await broker.close()
    const reader = await openBroker(url)
    const [bounds] = await reader.partitions('log')
    await reader.close()
    assert.ok((bounds?.bytes ?? 0) <= KEPT_BYTES + BATCH_BYTES + 100, `${bounds?.bytes} bytes are left`)
    assert.equal(bounds?.end, 100 * (writer + 1))
  }
})
