/** Groups: claims, positions, facts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, type OpenBroker } from './fixture.ts'

export function groupChecks(open: OpenBroker): void {
  test('the first claim sets the initial position, which is durable and never overwritten', async t => {
    const under = await open(t)
    const input = { step: 'readings', partition: 0 }
    const [first] = await under.broker.group('app').claim([{ ...input, initial: 42 }])
    assert.deepEqual({ ...first, epoch: 0 }, { ...input, epoch: 0, next: 42, progress: first?.progress })
    assert.equal(first?.progress.length, 0)
    const broker = await under.reopen()
    const [second] = await broker.group('app').claim([{ ...input, initial: 7 }])
    assert.equal(second?.next, 42)
    assert.deepEqual(await broker.group('app').positions(), [second])
  })

  test('a claim raises the epoch of what it claims and of nothing else', async t => {
    const { broker } = await open(t)
    const group = broker.group('app')
    const inputs = [0, 1].map(partition => ({ step: 'readings', partition, initial: 0 }))
    const [first, other] = await group.claim(inputs)
    const [again] = await group.claim(inputs.slice(0, 1))
    assert.equal((again?.epoch ?? 0) > (first?.epoch ?? 0), true)
    assert.deepEqual(await group.positions(), [again, other])
  })

  test('claims are answered in order; positions are listed by step and partition', async t => {
    const { broker } = await open(t)
    const inputs = [
      ['b', 1],
      ['a', 10],
      ['a', 2],
      ['b', 0],
    ] as const
    const group = broker.group('app')
    const claimed = await group.claim(inputs.map(([step, partition]) => ({ step, partition, initial: 0 })))
    assert.deepEqual(
      claimed.map(({ step, partition }) => [step, partition]),
      inputs,
    )
    const listed = await group.positions()
    assert.deepEqual(
      listed.map(({ step, partition }) => [step, partition]),
      [
        ['a', 2],
        ['a', 10],
        ['b', 0],
        ['b', 1],
      ],
    )
  })

  test('a position counts in the topic that was claimed with it, and in another one begins anew', async t => {
    const { broker } = await open(t)
    const group = broker.group('app')
    const address = { step: 'in', partition: 0 }
    const [first] = await group.claim([{ ...address, initial: 1, topic: 'a' }])
    assert.deepEqual([first?.next, first?.topic], [1, 'a'])
    await group.commit({ inputs: [advance(first, 5, 'remember')], appends: [], purges: [] })
    const [same] = await group.claim([{ ...address, initial: 2, topic: 'a' }])
    assert.deepEqual([same?.next, Buffer.from(same?.progress ?? []).toString()], [5, 'remember'])
    const [unsaid] = await group.claim([{ ...address, initial: 3 }])
    assert.deepEqual([unsaid?.next, unsaid?.topic], [5, 'a'])
    const [other] = await group.claim([{ ...address, initial: 4, topic: 'b' }])
    assert.deepEqual([other?.next, other?.topic, other?.progress.length], [4, 'b', 0])
    assert.deepEqual(await group.positions(), [other])
  })

  test('the positions of a step can be forgotten', async t => {
    const { broker } = await open(t)
    const group = broker.group('app')
    const inputs = ['a', 'a', 'b'].map((step, partition) => ({ step, partition, initial: 7 }))
    const claimed = await group.claim(inputs)
    await group.forget('a')
    await group.forget('nothing')
    assert.deepEqual(await group.positions(), claimed.slice(2))
    await assert.rejects(group.commit({ inputs: [advance(claimed[0], 8)], appends: [], purges: [] }), {
      code: 'FENCED',
    })
  })

  test('facts are JSON values that can be replaced and removed', async t => {
    const under = await open(t)
    const group = under.broker.group('app')
    assert.equal(await group.fact('shards'), undefined)
    const values = [4, 'text', null, false, [1, { a: 'ü' }], { pid: 1, started: '2024' }]
    for (const value of values) {
      await group.setFact('shards', value)
      assert.deepEqual(await group.fact('shards'), value)
    }
    await group.setFact('other', 1)
    await group.setFact('shards', undefined)
    const reopened = (await under.reopen()).group('app')
    assert.deepEqual([await reopened.fact('shards'), await reopened.fact('other')], [undefined, 1])
  })

  test('a fact that is no JSON value is refused', async t => {
    const { broker } = await open(t)
    await assert.rejects(broker.group('app').setFact('big', 1n), { code: 'ENCODE_FAILED' })
  })

  test('groups are listed by name, once they have something', async t => {
    const { broker } = await open(t)
    broker.group('nothing')
    await broker.group('b').setFact('shards', 1)
    await broker.group('a').claim([{ step: 'readings', partition: 0, initial: 0 }])
    await broker.group('a').setFact('shards', 1)
    assert.deepEqual(await broker.groups(), ['a', 'b'])
  })

  test('two groups do not touch each other', async t => {
    const { broker } = await open(t)
    const [one, two] = [broker.group('one'), broker.group('two')]
    const input = { step: 'readings', partition: 0, initial: 0 }
    const [claimed] = await one.claim([input])
    await two.claim([{ ...input, initial: 5 }])
    await one.setFact('shards', 1)
    await one.commit({ inputs: [advance(claimed, 3)], appends: [], purges: [] })
    assert.deepEqual([(await one.positions())[0]?.next, (await two.positions())[0]?.next], [3, 5])
    assert.equal(await two.fact('shards'), undefined)
    await one.remove()
    assert.deepEqual(
      [await one.positions(), await one.fact('shards'), await broker.groups()],
      [[], undefined, ['two']],
    )
  })

  test('a group that was removed and made anew still fences its old workers', async t => {
    const { broker } = await open(t)
    const group = broker.group('app')
    const input = { step: 'readings', partition: 0, initial: 0 }
    const [old] = await group.claim([input])
    await group.remove()
    await group.claim([input])
    await assert.rejects(group.commit({ inputs: [advance(old, 1)], appends: [], purges: [] }), {
      code: 'FENCED',
    })
  })
}
