/** Readers, start positions, purged offsets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Broker, CommitRequest, StartPosition } from '../../broker/index.ts'
import { append, makeTopic, type OpenBroker, valuesOf } from './fixture.ts'

export function readingChecks(open: OpenBroker): void {
  test('a reader gives batch by batch, then nothing, then what came meanwhile', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    await broker.produce([append('readings', 0, 'a', 'b'), append('readings', 0, 'c')])
    const reader = broker.reader('readings', 0, 0)
    assert.deepEqual([reader.poll()?.baseOffset, reader.position, reader.end()], [0, 2, 3])
    assert.deepEqual([reader.poll()?.baseOffset, reader.position], [2, 3])
    assert.equal(reader.poll(), undefined)
    await broker.produce([append('readings', 0, 'd')])
    assert.deepEqual([reader.end(), reader.poll()?.baseOffset, reader.position], [4, 3, 4])
    assert.equal(reader.poll(), undefined)
  })

  test('many small batches come in order and once', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    const values = Array.from({ length: 300 }, (_, index) => `v${index}`)
    await broker.produce(values.map(value => append('readings', 0, value)))
    assert.deepEqual(valuesOf(broker, 'readings'), values)
  })

  for (const [offset, base] of [
    [0, 0],
    [2, 0],
    [3, 3],
    [4, 3],
    [5, 5],
  ] as const) {
    test(`seeking to offset ${offset} begins with the batch at ${base}`, async t => {
      const { broker } = await open(t)
      await makeTopic(broker, 'readings')
      await broker.produce([
        append('readings', 0, 'a', 'b', 'c'),
        append('readings', 0, 'd', 'e'),
        append('readings', 0, 'f'),
      ])
      const reader = broker.reader('readings', 0, 6)
      assert.equal(reader.poll(), undefined)
      reader.seek(offset)
      assert.equal(reader.position, offset)
      assert.equal(reader.poll()?.baseOffset, base)
      assert.equal(broker.reader('readings', 0, offset).poll()?.baseOffset, base)
    })
  }

  test('two readers of one partition do not disturb each other', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    await broker.produce([append('readings', 0, 'a'), append('readings', 0, 'b')])
    const [first, second] = [broker.reader('readings', 0, 0), broker.reader('readings', 0, 0)]
    assert.deepEqual(
      [first.poll()?.baseOffset, second.poll()?.baseOffset, first.poll()?.baseOffset],
      [0, 0, 1],
    )
    first.close()
    assert.equal(second.poll()?.baseOffset, 1)
  })

  const starts: readonly (readonly [StartPosition, number])[] = [
    [{ kind: 'earliest' }, 0],
    [{ kind: 'latest' }, 5],
    [{ kind: 'offset', offset: 3 }, 3],
    [{ kind: 'offset', offset: -7 }, 0],
    [{ kind: 'offset', offset: 99 }, 5],
    [{ kind: 'time', timeMs: 0 }, 0],
    [{ kind: 'time', timeMs: 11 }, 1],
    [{ kind: 'time', timeMs: 20 }, 1],
    [{ kind: 'time', timeMs: 21 }, 4],
    [{ kind: 'time', timeMs: 31 }, 5],
  ]

  for (const [start, expected] of starts) {
    test(`${JSON.stringify(start)} begins at offset ${expected}`, async t => {
      const { broker } = await open(t)
      await makeTopic(broker, 'readings')
      await produceOutOfOrder(broker)
      assert.equal(await broker.resolve('readings', 0, start), expected)
    })
  }

  test('an empty partition begins and ends at 0', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    for (const [start] of starts) assert.equal(await broker.resolve('readings', 0, start), 0)
    assert.equal(broker.reader('readings', 0, 0).poll(), undefined)
  })

  test('purging drops whole batches, and refuses offsets before its mark', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    await produceOutOfOrder(broker)
    const before = await broker.partitions('readings')
    await broker.group('app').commit(purgeTo(3))
    const [bounds] = await broker.partitions('readings')
    assert.deepEqual([bounds?.start, bounds?.end], [3, 5])
    assert.equal((bounds?.bytes ?? 0) < (before[0]?.bytes ?? 0), true)
    assert.deepEqual(valuesOf(broker, 'readings', 0, 3), ['t5', 't30'])
    const purged = broker.reader('readings', 0, 2)
    assert.throws(() => purged.poll(), {
      code: 'OFFSET_OUT_OF_RANGE',
      message: /offset 2 .* has been removed.* holds offsets from 3 up to 5.*sluice group skip/,
    })
    assert.equal(await broker.resolve('readings', 0, { kind: 'earliest' }), 3)
    assert.equal(await broker.resolve('readings', 0, { kind: 'time', timeMs: 20 }), 4)
  })

  test('purging never goes back, nor beyond the end', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    await produceOutOfOrder(broker)
    for (const [before, start] of [
      [2, 2],
      [1, 2],
      [99, 5],
    ] as const) {
      await broker.group('app').commit(purgeTo(before))
      assert.equal((await broker.partitions('readings'))[0]?.start, start)
    }
    assert.deepEqual(await broker.partitions('readings'), [{ start: 5, end: 5, bytes: 0 }])
    assert.deepEqual(await broker.produce([append('readings', 0, 'next')]), [5])
    assert.deepEqual(valuesOf(broker, 'readings', 0, 5), ['next'])
  })

  test('a position after the end is an error, not a silent wait', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    const reader = broker.reader('readings', 0, 7)
    assert.throws(() => reader.poll(), { code: 'OFFSET_OUT_OF_RANGE', message: /after the end/ })
  })
}

/** Offsets 0 and 1 in the first batch, 2 and 3 in the second, 4 in the third. */
async function produceOutOfOrder(broker: Broker): Promise<void> {
  const at = (timestamp: number): { value: string; timestamp: number } => ({
    value: `t${timestamp}`,
    timestamp,
  })
  await broker.produce([
    append('readings', 0, at(10), at(20)),
    append('readings', 0, at(7), at(5)),
    append('readings', 0, at(30)),
  ])
}

function purgeTo(before: number): CommitRequest {
  return { inputs: [], appends: [], purges: [{ topic: 'readings', partition: 0, before }] }
}
