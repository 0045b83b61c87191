/** What several who use the same logs have of each other: news and leases. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, append, isSettled, makeTopic, type OpenBroker, valuesOf } from './fixture.ts'

export function sharingChecks(open: OpenBroker): void {
  test('news wakes who waits, as soon as something is appended', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    const { signal } = new AbortController()
    await broker.news(signal)
    const news = broker.news(signal)
    assert.equal(await isSettled(news), false)
    await broker.produce([append('readings', 0, 'a')])
    await news
    assert.deepEqual(valuesOf(broker, 'readings'), ['a'])
  })

  test('news that came before the call is not lost', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    const { signal } = new AbortController()
    await broker.news(signal)
    await broker.produce([append('readings', 0, 'a')])
    await broker.news(signal)
    const stop = new AbortController()
    const nothingNew = broker.news(stop.signal)
    assert.equal(await isSettled(nothingNew), false)
    stop.abort()
    await nothingNew
  })

  test('several may wait for news, and none takes it from another', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    const [one, two] = [new AbortController().signal, new AbortController().signal]
    await broker.news(one)
    await Promise.all([broker.news(one), broker.news(two), broker.produce([append('readings', 0, 'a')])])
    await broker.produce([append('readings', 0, 'b')])
    await broker.news(one)
    await broker.news(two)
  })

  test('waiting for news ends when aborted', async t => {
    const { broker } = await open(t)
    const stop = new AbortController()
    const news = broker.news(stop.signal)
    stop.abort()
    await news
    await broker.news(stop.signal)
  })

  test('news and records come from other objects on the same logs', async t => {
    const under = await open(t)
    await makeTopic(under.broker, 'readings')
    const other = await under.another()
    const { signal } = new AbortController()
    const reader = other.reader('readings', 0, 0)
    await under.broker.news(signal)
    assert.equal(reader.poll(), undefined)
    const news = other.news(signal)
    await under.broker.produce([append('readings', 0, 'a')])
    await news
    assert.equal(reader.poll()?.count, 1)
  })

  test('a commit through another object is fenced by a claim', async t => {
    const under = await open(t)
    const other = await under.another()
    const input = { step: 'readings', partition: 0, initial: 0 }
    const [old] = await other.group('app').claim([input])
    await under.broker.group('app').claim([input])
    const late = other.group('app').commit({ inputs: [advance(old, 1)], appends: [], purges: [] })
    await assert.rejects(late, { code: 'FENCED' })
  })

  test('a lease has one holder at a time, until it is released', async t => {
    const under = await open(t)
    const other = await under.another()
    const lease = await under.broker.acquireLease('app')
    const held = { code: 'LEASE_HELD', retryable: true, message: /"app"/ }
    await assert.rejects(under.broker.acquireLease('app'), held)
    await assert.rejects(other.acquireLease('app'), held)
    const elsewhere = await other.acquireLease('another/app')
    await lease.release()
    await lease.release()
    const next = await other.acquireLease('app')
    await lease.release()
    await assert.rejects(under.broker.acquireLease('app'), held)
    await next.release()
    await elsewhere.release()
  })

  test('closing a broker frees its leases', async t => {
    const under = await open(t)
    await under.broker.acquireLease('app')
    const broker = await under.reopen()
    await (await broker.acquireLease('app')).release()
  })

  test('closing ends all waiting, and may be repeated', async t => {
    const { broker } = await open(t)
    const news = broker.news(new AbortController().signal)
    await broker.close()
    await news
    await broker.close()
  })
}
