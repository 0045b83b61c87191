import assert from 'node:assert/strict'
import test from 'node:test'
import { SourceProbe } from '../../testing/index.ts'
import { queue } from './queue.ts'

test('elements come out in the order of put, and the run ends with the queue', async () => {
  const q = queue<number>()
  const probe = new SourceProbe(q)
  for (const value of [1, 2, 3]) await q.put(value)
  q.end()
  await probe.done
  assert.deepEqual(probe.values, [1, 2, 3])
})

test('who puts more than there is room for waits, in order, and the queue never holds more', async () => {
  const q = queue<number>({ capacity: 2 })
  const entered: number[] = []
  const puts = [1, 2, 3, 4, 5].map(value => q.put(value).then(() => entered.push(value)))
  await Promise.resolve()
  assert.equal(q.size, 2)
  const probe = new SourceProbe(q).hold()
  await probe.until(1)
  assert.equal(q.size, 2)
  assert.ok(!entered.includes(4))
  probe.release()
  await Promise.all(puts)
  assert.deepEqual(entered, [1, 2, 3, 4, 5])
  await probe.until(5)
  assert.deepEqual(await probe.stop(), [1, 2, 3, 4, 5])
})

test('what waits for room when the queue is ended still gets in', async () => {
  const q = queue<number>({ capacity: 1 })
  const puts = [q.put(1), q.put(2)]
  q.end()
  const probe = new SourceProbe(q)
  await Promise.all([...puts, probe.done])
  assert.deepEqual(probe.values, [1, 2])
})

test('putting after the end is an error that says so', async () => {
  const q = queue<number>({ name: 'orders' })
  q.end()
  await assert.rejects(q.put(1), { code: 'SOURCE_ENDED', message: /^orders: put after end/ })
})

test('a put whose wait is ended leaves nothing in the queue', async () => {
  const q = queue<number>({ capacity: 1 })
  await q.put(1)
  const stop = new AbortController()
  const waiting = q.put(2, { signal: stop.signal })
  stop.abort(new Error('enough'))
  await assert.rejects(waiting, { message: 'enough' })
  q.end()
  const probe = new SourceProbe(q)
  await probe.done
  assert.deepEqual(probe.values, [1])
})

test('what is in the queue at a stop comes in the next run', async () => {
  const q = queue<number>()
  for (const value of [1, 2, 3]) await q.put(value)
  const first = new SourceProbe(q).hold()
  await first.until(1)
  await first.stop()
  const second = new SourceProbe(q)
  await second.until(2)
  assert.deepEqual([first.values, await second.stop()], [[1], [2, 3]])
})

test('a second run at once is refused', async () => {
  const q = queue<number>()
  const first = new SourceProbe(q)
  const second = new SourceProbe(q)
  await assert.rejects(second.done, { code: 'GRAPH_INVALID', message: /run twice at once/ })
  await first.stop()
})

test('a capacity below one is refused', () => {
  assert.throws(() => queue({ capacity: 0 }), {
    code: 'OPTION_INVALID',
    message: 'queue: capacity is 0; expected a whole number ≥ 1',
  })
})
