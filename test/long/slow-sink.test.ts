/** A source that is ten times faster than what its readings are handed to: the app holds it back, in order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Broker } from '../../src/broker/index.ts'
import { MAX_EXCHANGE_BYTES } from '../../src/runtime/exchange-lag.ts'
import { Place } from '../cli/command.ts'
import { eachRecord, type Shape } from './readings.ts'
import { noMemory, SMALL_HEAP, startProducer, WatchedApp } from './watched-app.ts'

const SLOW_SINK = fileURLToPath(new URL('./programs/slow-sink.ts', import.meta.url))
/** A key stays in one of the two partitions, as their number divides that of the keys. */
const SHAPE: Shape = { keys: 100, perMs: 20, padding: 400 }
const PER_SECOND = 20_000
const SECONDS = 60
/** Two tasks with 8 calls of 8 ms: at most 2,000 a second. */
const SINK_MS = 8
/** What the first ten seconds needed may grow by so much; the readings that wait are hundreds of megabytes. */
const GROWTH_MB = 130
/** What one commit of a worker may write after it has last looked how full the topic is. */
const ONE_COMMIT_BYTES = 24_000_000
const MEGABYTE = 1_000_000

for (const workers of [1, 2]) {
  test(`a slow sink for ${SECONDS} s, with ${workers} workers`, { skip: noMemory }, async t => {
    const place = new Place(t)
    await place.topic('readings', 2)
    const app = await WatchedApp.open(t, place, { app: 'slow-sink', source: 'readings' })
    const words = ['run', SLOW_SINK, '--workers', String(workers)]
    const run = place.start(words, { ...SMALL_HEAP, SINK_MS: String(SINK_MS) })
    const phases = [{ perSecond: PER_SECOND, seconds: SECONDS }]
    const producer = startProducer(t, place, { topic: 'readings', shape: SHAPE, phases })
    const first = await app.watch('first', 30, ({ read }) => read > 0)
    const last = await app.watch('slow', SECONDS + 10, ({ at }) => at > first.at + SECONDS)
    const { count } = await producer.end()
    run.child.kill('SIGTERM')
    const { code, stderr } = await run.ended
    const [before, after] = [app.memory(0, first.at + 10), app.memory(first.at + 10, last.at)]
    const exchange = Math.max(...app.samples.map(sample => sample.exchange))
    const handedOver = await orderedReadings(app.broker)
    t.diagnostic(`${workers} workers: ${count} readings, ${handedOver} of them handed over in ${SECONDS} s`)
    t.diagnostic(
      `largest worker ${before.largest} MB in the first ten seconds, ${after.largest} MB later; at most ${exchange} MB in a partition between them`,
    )
    assert.equal(code, 143, stderr)
    assert.doesNotMatch(stderr, /starts again/)
    assert.ok(handedOver > 0 && handedOver < count / 9, 'the sink was not slow enough')
    assert.ok(before.largest > 0 && after.largest <= before.largest + GROWTH_MB)
    assert.ok(exchange * MEGABYTE <= MAX_EXCHANGE_BYTES + ONE_COMMIT_BYTES)
    // Else nothing was held back, and the test shows nothing.
    assert.ok(last.lag > PER_SECOND && (workers === 1 || exchange * MEGABYTE >= MAX_EXCHANGE_BYTES))

    const fast = await place.run(['run', SLOW_SINK, '--until-caught-up', '--workers', String(workers)])
    assert.equal(fast.code, 0, fast.stderr)
    assert.equal(await orderedReadings(app.broker), count)
  })
}

/** Checks that the readings of each key are there without a gap, once and in order; gives how many there are. */
async function orderedReadings(broker: Broker): Promise<number> {
  const next = Array.from({ length: SHAPE.keys }, (_, key) => key)
  let count = 0
  await eachRecord(broker, 'handed-over', record => {
    const { n } = JSON.parse(String(record.value())) as { readonly n: number }
    assert.equal(n, next[n % SHAPE.keys], `key ${n % SHAPE.keys}`)
    next[n % SHAPE.keys] = n + SHAPE.keys
    count++
  })
  return count
}
