/** The atomic commit and its fences. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Broker, CommitRequest, InputCommit, InputPosition } from '../../broker/index.ts'
import { advance, append, makeTopic, type OpenBroker, valuesOf } from './fixture.ts'

export function committingChecks(open: OpenBroker): void {
  test('a commit moves positions, keeps progress, appends and purges together', async t => {
    const under = await open(t)
    const [first, second] = await prepared(under.broker)
    const request = {
      inputs: [advance(first, 3, 'remember'), advance(second, 1)],
      appends: [append('out', 0, 'a'), append('out', 1, 'b', 'c'), append('out', 1, 'd')],
      purges: [{ topic: 'in', partition: 0, before: 2 }],
    }
    assert.deepEqual(await under.broker.group('app').commit(request), [0, 0, 2])
    const broker = await under.reopen()
    const positions = await broker.group('app').positions()
    assert.deepEqual(
      positions.map(({ next, progress }) => [next, Buffer.from(progress).toString()]),
      [
        [3, 'remember'],
        [1, ''],
      ],
    )
    assert.deepEqual([valuesOf(broker, 'out', 0), valuesOf(broker, 'out', 1)], [['a'], ['b', 'c', 'd']])
    assert.equal((await broker.partitions('in'))[0]?.start, 2)
  })

  test('commits follow one another from position to position', async t => {
    const { broker } = await open(t)
    const [first] = await prepared(broker)
    const group = broker.group('app')
    await group.commit(commitOf(advance(first, 2)))
    await group.commit(commitOf({ ...advance(first, 4), from: 2 }))
    await group.commit(commitOf({ ...advance(first, 4, 'same place'), from: 4 }))
    assert.equal((await group.positions())[0]?.next, 4)
  })

  const refused: readonly (readonly [
    string,
    (first: InputPosition, second: InputPosition) => CommitRequest,
    string,
  ])[] = [
    ['an old epoch', (a, b) => commitOf(advance(a, 1), { ...advance(b, 1), epoch: b.epoch - 1 }), 'FENCED'],
    [
      'an epoch from the future',
      (a, b) => commitOf(advance(a, 1), { ...advance(b, 1), epoch: b.epoch + 1 }),
      'FENCED',
    ],
    [
      'a position that is not the last',
      (a, b) => commitOf(advance(a, 1), { ...advance(b, 1), from: 1 }),
      'FENCED',
    ],
    [
      'an input that nobody claimed',
      (a, b) => commitOf(advance(a, 1), { ...advance(b, 1), partition: 9 }),
      'FENCED',
    ],
    ['the same input twice', (a, _) => commitOf(advance(a, 1), advance(a, 1)), 'FENCED'],
    [
      'an unknown topic',
      a => ({ ...commitOf(advance(a, 1)), appends: [append('out', 0, 'x'), append('missing', 0, 'x')] }),
      'TOPIC_UNKNOWN',
    ],
    [
      'a purge of an unknown partition',
      a => ({ ...commitOf(advance(a, 1)), purges: [{ topic: 'out', partition: 9, before: 1 }] }),
      'TOPIC_UNKNOWN',
    ],
  ]

  for (const [what, requestOf, code] of refused) {
    test(`a commit with ${what} is refused and writes nothing`, async t => {
      const { broker } = await open(t)
      const [first, second] = await prepared(broker)
      const before = await everything(broker)
      await assert.rejects(broker.group('app').commit(requestOf(first, second)), { code })
      assert.deepEqual(await everything(broker), before)
    })
  }

  test('after a claim the earlier holder is fenced, and the new one goes on', async t => {
    const { broker } = await open(t)
    const [old] = await prepared(broker)
    const group = broker.group('app')
    const [claimed] = await group.claim([{ step: 'in', partition: 0, initial: 0 }])
    await assert.rejects(group.commit(commitOf(advance(old, 1))), {
      code: 'FENCED',
      retryable: false,
      message: /"app".*"in"/,
    })
    await group.commit(commitOf(advance(claimed, 1)))
    assert.equal((await group.positions())[0]?.next, 1)
  })

  test('a commit that was retried after it had succeeded is fenced, not doubled', async t => {
    const { broker } = await open(t)
    const [first] = await prepared(broker)
    const request = commitOf(advance(first, 1))
    await broker.group('app').commit(request)
    await assert.rejects(broker.group('app').commit(request), { code: 'FENCED' })
    assert.deepEqual(valuesOf(broker, 'out', 0), ['x'])
  })

  test('what is kept is a copy of the progress', async t => {
    const { broker } = await open(t)
    const [first] = await prepared(broker)
    const progress = Buffer.from('kept')
    await broker.group('app').commit(commitOf({ ...advance(first, 1), progress }))
    progress.fill(0)
    assert.equal(Buffer.from((await broker.group('app').positions())[0]?.progress ?? []).toString(), 'kept')
  })
}

/** Topics `in` and `out`, and the two claimed inputs of `app`. */
async function prepared(broker: Broker): Promise<readonly [InputPosition, InputPosition]> {
  await makeTopic(broker, 'in', 2)
  await makeTopic(broker, 'out', 2)
  await broker.produce([append('in', 0, '0', '1'), append('in', 0, '2', '3'), append('in', 1, '4')])
  const inputs = [0, 1].map(partition => ({ step: 'in', partition, initial: 0 }))
  const [first, second] = await broker.group('app').claim(inputs)
  if (first === undefined || second === undefined) throw new Error('a claim was not answered')
  return [first, second]
}

function commitOf(...inputs: readonly InputCommit[]): CommitRequest {
  return { inputs, appends: [append('out', 0, 'x')], purges: [{ topic: 'in', partition: 0, before: 2 }] }
}

async function everything(broker: Broker): Promise<unknown> {
  const bounds = await Promise.all(['in', 'out'].map(topic => broker.partitions(topic)))
  return [
    await broker.group('app').positions(),
    bounds,
    valuesOf(broker, 'out', 0),
    valuesOf(broker, 'out', 1),
  ]
}
