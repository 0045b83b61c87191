/** Appending and what is read back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, batchOf, makeTopic, type OpenBroker, readAll, type TestRecord, valuesOf } from './fixture.ts'

export function appendingChecks(open: OpenBroker): void {
  test('offsets count the records of each partition from 0', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings', 2)
    assert.deepEqual(
      await broker.produce([append('readings', 0, 'a', 'b'), append('readings', 1, 'c')]),
      [0, 0],
    )
    assert.deepEqual(
      await broker.produce([append('readings', 0, 'd'), append('readings', 0, 'e', 'f')]),
      [2, 3],
    )
    assert.deepEqual(
      readAll(broker, 'readings').map(({ offset, value }) => [offset, value]),
      [
        [0, 'a'],
        [1, 'b'],
        [2, 'd'],
        [3, 'e'],
        [4, 'f'],
      ],
    )
    assert.deepEqual(valuesOf(broker, 'readings', 1), ['c'])
  })

  test('bounds and sizes are those of what is there', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings', 2)
    const batch = batchOf('a', 'b')
    await broker.produce([{ topic: 'readings', partition: 1, batch }])
    assert.deepEqual(await broker.partitions('readings'), [
      { start: 0, end: 0, bytes: 0 },
      { start: 0, end: 2, bytes: batch.bytes.length },
    ])
  })

  const records: readonly Required<TestRecord>[] = [
    { key: 'k', value: 'v', timestamp: 1_700_000_000_000, headers: [] },
    { key: null, value: 'no key', timestamp: 1_699_999_999_999, headers: [] },
    { key: 'gone', value: null, timestamp: 0, headers: [] },
    { key: '', value: '', timestamp: -1, headers: [] },
    { key: null, value: null, timestamp: Number.MAX_SAFE_INTEGER, headers: [] },
    { key: 'schlüssel 🔑', value: '値\u0000\n"', timestamp: 5, headers: [] },
    {
      key: 'h',
      value: 'headers',
      timestamp: 6,
      headers: [
        ['a', '1'],
        ['a', null],
        ['', ''],
        ['ü', '✓'],
      ],
    },
  ]

  test('keys, values, tombstones, timestamps and headers come back as they were', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    await broker.produce([append('readings', 0, ...records)])
    assert.deepEqual(
      readAll(broker, 'readings'),
      records.map((record, offset) => ({ offset, ...record })),
    )
  })

  test('a record of 5 MB comes back whole', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    const large = 'sluice '.repeat(750_000)
    await broker.produce([append('readings', 0, 'before', large, 'after')])
    assert.deepEqual(valuesOf(broker, 'readings'), ['before', large, 'after'])
  })

  test('several partitions and topics are written together or not at all', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'a', 2)
    await makeTopic(broker, 'b')
    assert.deepEqual(await broker.produce([append('a', 1, 'x'), append('b', 0, 'y')]), [0, 0])
    const bad = [append('a', 1, 'x2'), append('b', 0, 'y2'), append('b', 9, 'nowhere')]
    await assert.rejects(broker.produce(bad), { code: 'TOPIC_UNKNOWN' })
    assert.deepEqual([valuesOf(broker, 'a', 1), valuesOf(broker, 'b')], [['x'], ['y']])
    assert.deepEqual(
      (await broker.partitions('a')).map(({ end }) => end),
      [0, 1],
    )
  })

  test('producing nothing gives nothing, and an empty batch is refused', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    assert.deepEqual(await broker.produce([]), [])
    const batch = { count: 0, maxTimestamp: 0, bytes: new Uint8Array(0) }
    await assert.rejects(broker.produce([{ topic: 'readings', partition: 0, batch }]), { code: 'INTERNAL' })
  })

  test('batches carry the time at which they were appended', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    await broker.produce([append('readings', 0, 'a')])
    const appendTime = broker.reader('readings', 0, 0).poll()?.appendTime
    assert.equal(Number.isSafeInteger(appendTime), true)
  })

  test('what was written is there after reopening', async t => {
    const under = await open(t)
    await makeTopic(under.broker, 'readings', 2)
    await under.broker.produce([append('readings', 1, 'a'), append('readings', 1, 'b')])
    const broker = await under.reopen()
    assert.deepEqual(await broker.topic('readings'), { name: 'readings', partitions: 2, kind: 'user' })
    assert.deepEqual(valuesOf(broker, 'readings', 1), ['a', 'b'])
    assert.deepEqual(await broker.produce([append('readings', 1, 'c')]), [2])
  })
}
