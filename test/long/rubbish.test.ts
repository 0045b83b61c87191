/** A million lines of rubbish: set aside, listed, and after the program was mended each processed once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { BatchBuilder, type Broker } from '../../src/broker/index.ts'
import { jsonLines, Place } from '../cli/command.ts'
import { eachRecord } from './readings.ts'
import { rubbish } from './rubbish.ts'
import { noMemory, SMALL_HEAP, WatchedApp } from './watched-app.ts'

const PROGRAM = fileURLToPath(new URL('./programs/lines.ts', import.meta.url))
const LINES = 1_000_000
const PARTITIONS = 2
const MENDED = { MENDED: '1' }
/** What the first tenth needed may grow by so much. */
const GROWTH_MB = 130
const BATCH_BYTES = 500_000

for (const workers of ['1', '2']) {
  test(`a million lines of rubbish, with ${workers} workers`, { skip: noMemory }, async t => {
    const place = new Place(t)
    await place.topic('lines', PARTITIONS)
    const app = await WatchedApp.open(t, place, { app: 'lines', source: 'lines' })
    await writeLines(app.broker)
    const startedAt = performance.now()
    const took = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`

    const run = place.start(['run', PROGRAM, '--until-caught-up', '--workers', workers], SMALL_HEAP)
    const some = await app.watch('set aside', 600, ({ read }) => read >= LINES / 10)
    const all = await app.watch('set aside', 1200, ({ lag }) => lag === 0)
    const { code, stderr } = await run.ended
    const [before, after] = [app.memory(0, some.at), app.memory(some.at, all.at)]
    t.diagnostic(
      `set aside after ${took()}: largest worker ${before.largest} MB for the first tenth, ${after.largest} MB later`,
    )
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stderr, /starts again/)
    assert.ok(before.largest > 0 && after.largest <= before.largest + GROWTH_MB)
    assert.equal(await listed(place), LINES)
    t.diagnostic(`listed after ${took()}`)

    const mended = place.start(['run', PROGRAM, '--workers', workers], { ...SMALL_HEAP, ...MENDED })
    const retry = place.start(['dead-letters', 'retry', 'lines'], SMALL_HEAP)
    await app.watch('processed', 600, async () => (await countOf(app.broker, 'checks')) > LINES / 3)
    mended.child.kill('SIGKILL')
    retry.child.kill('SIGKILL')
    await Promise.all([mended.ended, retry.ended])
    t.diagnostic(`killed after ${took()}: ${await countOf(app.broker, 'checks')} processed`)
    const again = await place.run(['dead-letters', 'retry', 'lines'], '', SMALL_HEAP)
    assert.equal(again.code, 0, again.stderr)
    const last = await place.run(['run', PROGRAM, '--until-caught-up', '--workers', workers], '', MENDED)
    assert.equal(last.code, 0, last.stderr)
    await checkLines(app.broker)
    assert.equal(await listed(place), 0)
    t.diagnostic(`each processed once after ${took()}`)
  })
}

/** Writes the lines; the number of each is the timestamp of its record, which its result has too. */
async function writeLines(broker: Broker): Promise<void> {
  const builders = Array.from({ length: PARTITIONS }, () => new BatchBuilder())
  const write = async (partition: number): Promise<void> => {
    const batch = builders[partition]?.build()
    if (batch !== undefined) await broker.produce([{ topic: 'lines', partition, batch }])
  }
  for (let n = 0; n < LINES; n++) {
    builders[n % PARTITIONS]?.append(null, rubbish(n), n)
    if ((builders[n % PARTITIONS]?.length ?? 0) > BATCH_BYTES) await write(n % PARTITIONS)
  }
  for (let partition = 0; partition < PARTITIONS; partition++) await write(partition)
}

/** How many letters the command lists. */
async function listed(place: Place): Promise<number> {
  const { code, stdout, stderr } = await place.run(
    ['dead-letters', 'list', 'lines', '--json'],
    '',
    SMALL_HEAP,
  )
  assert.equal(code, 0, stderr)
  const groups = jsonLines(stdout) as readonly { readonly count: number }[]
  return groups.reduce((sum, { count }) => sum + count, 0)
}

/** Checks that each line has one result, and that it is that of its bytes. */
async function checkLines(broker: Broker): Promise<void> {
  const seen = new Uint8Array(LINES)
  await eachRecord(broker, 'checks', record => {
    const n = record.timestamp
    assert.equal(seen[n], 0, `line ${n} has two results`)
    seen[n] = 1
    const line = rubbish(n)
    assert.deepEqual(JSON.parse(String(record.value())), { length: line.length, crc: crc32(line) })
  })
  assert.equal(seen.indexOf(0), -1, 'a line has no result')
}

async function countOf(broker: Broker, topic: string): Promise<number> {
  if ((await broker.topic(topic)) === undefined) return 0
  return (await broker.partitions(topic)).reduce((sum, { end }) => sum + end, 0)
}
