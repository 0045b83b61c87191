/** Compaction: the last record of each key stays, where it was. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchCursor, type Broker, type RecordBatch, TOMBSTONE_MS } from '../../broker/index.ts'
import { ManualClock } from '../../time/index.ts'
import { seededRandom } from '../choices.ts'
import { makeRuled, turns, turnsUntil } from './cleaning.ts'
import { append, type OpenBroker, type ReadRecord, readAll, type TestRecord } from './fixture.ts'

/** Values of this size make a few hundred records worth compacting. */
const PADDING = 'x'.repeat(500)

export function compactingChecks(open: OpenBroker): void {
  test('of each key the last record stays, with its offset, and so do records without a key', async t => {
    const clock = new ManualClock()
    const under = await open(t, clock)
    await makeRuled(under.broker, { compact: true })
    const written = await writeRounds(under.broker, 60)
    await compacted(under.broker, clock, written.length / 2)
    const expected = lastOfEach(written)
    assert.deepEqual(readAll(under.broker, 'readings'), expected)
    for (const from of [1, 7, 100, written.length - 1]) {
      assert.deepEqual(
        readAll(under.broker, 'readings', 0, from),
        expected.filter(({ offset }) => offset >= from),
      )
    }
    const [bounds] = await under.broker.partitions('readings')
    assert.deepEqual([bounds?.start, bounds?.end], [0, written.length])
    const broker = await under.reopen()
    assert.deepEqual(readAll(broker, 'readings'), expected)
    assert.deepEqual(await broker.produce([append('readings', 0, 'next')]), [written.length])
  })

  test('who reads meanwhile gets every last record once, and none twice', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeRuled(broker, { compact: true })
    const written = await writeRounds(broker, 60)
    const readers = [3, 40, 101, 299].map(stop => {
      const reader = broker.reader('readings', 0, 0)
      while (reader.position < stop) reader.poll()
      return reader
    })
    const positions = readers.map(reader => reader.position)
    await compacted(broker, clock, written.length / 2)
    for (const [index, reader] of readers.entries()) {
      const from = positions[index] ?? 0
      const offsets = readAll(broker, 'readings', 0, from).map(({ offset }) => offset)
      const read: number[] = []
      for (let batch = reader.poll(); batch !== undefined; batch = reader.poll())
        read.push(...offsetsOf(batch))
      assert.equal(new Set(read).size, read.length)
      assert.equal(
        read.every((offset, at) => offset > (read[at - 1] ?? from - 1)),
        true,
      )
      // what was fetched before may still hold what has been replaced since
      assert.deepEqual(
        offsets.filter(offset => !read.includes(offset)),
        [],
      )
      assert.equal(reader.position, reader.end())
    }
  })

  test('a tombstone removes its key at once, and goes itself a day later', async t => {
    const clock = new ManualClock(1_700_000_000_000)
    const { broker } = await open(t, clock)
    await makeRuled(broker, { compact: true })
    await broker.produce([append('readings', 0, { key: 'gone', value: 'old' }, { key: 'gone', value: null })])
    const first = await writeRounds(broker, 40)
    await compacted(broker, clock, first.length / 2)
    assert.deepEqual(
      readAll(broker, 'readings').filter(({ key }) => key === 'gone'),
      [{ offset: 1, key: 'gone', value: null, timestamp: 0, headers: [] }],
    )
    clock.advance(2 * TOMBSTONE_MS)
    await writeRounds(broker, 80)
    await turnsUntil(broker, clock, async () =>
      readAll(broker, 'readings').every(({ key }) => key !== 'gone'),
    )
    await turns(broker, clock, 20)
    assert.deepEqual(await broker.resolve('readings', 0, { kind: 'earliest' }), 0)
  })

  test('an offset is found by time as before', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeRuled(broker, { compact: true })
    const written = await writeRounds(broker, 60)
    await compacted(broker, clock, written.length / 2)
    const left = readAll(broker, 'readings')
    for (const timeMs of [0, 17, 150, written.length - 1, written.length]) {
      const expected = left.find(({ timestamp }) => timestamp >= timeMs)?.offset ?? written.length
      assert.equal(await broker.resolve('readings', 0, { kind: 'time', timeMs }), expected)
    }
  })

  test('compaction and retention may be together', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeRuled(broker, { compact: true, retention: { ageMs: 3_600_000 } })
    const old = await writeRounds(broker, 60)
    await compacted(broker, clock, old.length / 2)
    clock.advance(3_600_000)
    const recent = await writeRounds(broker, 1)
    const start = async (): Promise<number> => (await broker.partitions('readings'))[0]?.start ?? 0
    await turnsUntil(broker, clock, async () => (await start()) === old.length)
    await turns(broker, clock, 5)
    const left = readAll(broker, 'readings', 0, await start())
    assert.deepEqual(
      left.map(({ key }) => key),
      recent.map(({ key }) => key),
    )
  })

  for (const seed of [1, 2, 3]) {
    test(`whatever is written and however it is cut, the last of each key stays (seed ${seed})`, async t => {
      const clock = new ManualClock(1_700_000_000_000)
      const { broker } = await open(t, clock)
      await makeRuled(broker, { compact: true })
      const random = seededRandom(seed)
      const written: ReadRecord[] = []
      for (let round = 0; round < 250; round++) {
        const records = Array.from({ length: 1 + Math.floor(random() ** 3 * 12) }, () => anyRecord(random))
        await broker.produce([append('readings', 0, ...records)])
        for (const record of records) written.push({ offset: written.length, ...record })
        if (random() < 0.3) await turns(broker, clock, Math.floor(random() * 4))
        if (round % 50 !== 49) continue
        const read = readAll(broker, 'readings')
        assert.deepEqual(lastOfEach(read), lastOfEach(written))
        assert.deepEqual(
          read,
          read.map(({ offset }) => written[offset]),
        )
      }
      const read = readAll(broker, 'readings')
      assert.equal(read.length < written.length / 2, true, `${read.length} of ${written.length} are left`)
    })
  }
}

function anyRecord(random: () => number): Required<TestRecord> {
  const roll = random()
  const key = roll < 0.02 ? null : `key ${Math.floor(random() ** 2 * 40)}`
  const value = roll > 0.95 ? null : PADDING.slice(0, Math.floor(random() * 500))
  const headers: readonly (readonly [string, string | null])[] =
    random() < 0.1
      ? [
          ['h', 'é'],
          ['h', null],
        ]
      : []
  return { key, value, timestamp: Math.floor(random() * 1e6), headers }
}

/** Rounds of six records: of four keys, one of them twice, and one without a key. */
async function writeRounds(broker: Broker, rounds: number): Promise<readonly ReadRecord[]> {
  const written: ReadRecord[] = []
  for (let round = 0; round < rounds; round++) {
    const records = ['a', 'b', 'c', 'a', 'd', round % 20 === 0 ? null : 'd'].map((key, index) => ({
      key,
      value: `${round} ${PADDING}`,
      timestamp: round * 6 + index,
      headers: [],
    }))
    for (const record of records) written.push({ offset: written.length, ...record })
    // some batches of one record and some of several
    if (round % 2 === 0) await broker.produce([append('readings', 0, ...records)])
    else await broker.produce(records.map(record => append('readings', 0, record)))
  }
  return written
}

/** Gives turns until fewer than so many records are left, and then some more. */
async function compacted(broker: Broker, clock: ManualClock, fewerThan: number): Promise<void> {
  await turnsUntil(broker, clock, async () => readAll(broker, 'readings').length < fewerThan)
  await turns(broker, clock, 20)
}

function lastOfEach(records: readonly ReadRecord[]): readonly ReadRecord[] {
  const last = new Map(records.map(record => [record.key, record.offset]))
  return records.filter(({ key, offset }) => key === null || last.get(key) === offset)
}

function offsetsOf(batch: RecordBatch): readonly number[] {
  const cursor = new BatchCursor()
  cursor.load(batch)
  const offsets: number[] = []
  while (cursor.next()) offsets.push(cursor.offset)
  return offsets
}
