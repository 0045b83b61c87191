/** Moments: what they hold does not change, whatever is committed meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, append, makeTopic, type OpenBroker, valuesOf } from './fixture.ts'

export function momentChecks(open: OpenBroker): void {
  test('a moment holds records, positions and facts as one commit left them', async t => {
    const { broker, another } = await open(t)
    await makeTopic(broker, 'log')
    const group = broker.group('app')
    const [claimed] = await group.claim([{ step: 'in', partition: 0, initial: 0, topic: 'log' }])
    await group.setFact('shards', 3)
    await group.commit({
      inputs: [advance(claimed, 1, 'one')],
      appends: [append('log', 0, 'a', 'b')],
      purges: [],
    })
    const moment = await broker.moment()
    t.after(() => moment.close())
    const other = (await another()).group('app')
    const after = claimed === undefined ? undefined : { ...claimed, next: 1 }
    await other.commit({
      inputs: [advance(after, 2, 'two')],
      appends: [append('log', 0, 'c')],
      purges: [{ topic: 'log', partition: 0, before: 2 }],
    })
    await other.setFact('shards', 4)
    assert.deepEqual(valuesOf(moment, 'log'), ['a', 'b'])
    const [bounds] = await moment.partitions('log')
    assert.deepEqual([bounds?.start, bounds?.end], [0, 2])
    const [position] = await moment.positions('app')
    assert.deepEqual([position?.next, Buffer.from(position?.progress ?? []).toString()], [1, 'one'])
    assert.equal(await moment.fact('app', 'shards'), 3)
    assert.deepEqual(valuesOf(broker, 'log', 0, 2), ['c'])
  })

  test('a moment holds a topic that is deleted meanwhile, and knows none that is made later', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'old')
    await broker.produce([append('old', 0, 'a')])
    const moment = await broker.moment()
    t.after(() => moment.close())
    await broker.deleteTopic('old')
    await makeTopic(broker, 'new')
    assert.deepEqual(valuesOf(moment, 'old'), ['a'])
    assert.equal((await moment.topic('old'))?.partitions, 1)
    assert.equal(await moment.topic('new'), undefined)
    await assert.rejects(moment.partitions('new'), { code: 'TOPIC_UNKNOWN' })
  })
}
