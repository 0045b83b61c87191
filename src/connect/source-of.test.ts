import assert from 'node:assert/strict'
import test from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { SourceProbe } from '../testing/index.ts'
import { ManualClock } from '../time/index.ts'
import { fromEvent, fromObservable, sourceOf } from './source-of.ts'

test('a failure of an element of an Observable ends the run and the subscription', async () => {
  let isSubscribed = false
  const observable = {
    subscribe(watcher: { next(value: number): void }) {
      isSubscribed = true
      watcher.next(1)
      return {
        unsubscribe: () => {
          isSubscribed = false
        },
      }
    },
  }
  const probe = new SourceProbe(fromObservable(observable)).fail(new Error('no room'))
  await assert.rejects(probe.done, { message: 'no room' })
  assert.equal(isSubscribed, false)
})

test('an Observable that completes ends the run, one that is stopped is unsubscribed from', async () => {
  const completed = new SourceProbe(
    fromObservable<number>({
      subscribe(watcher) {
        watcher.next(1)
        watcher.complete()
        return { unsubscribe: () => undefined }
      },
    }),
  )
  await completed.done
  assert.deepEqual(completed.values, [1])
  const unsubscribed = Promise.withResolvers<void>()
  const silent = new SourceProbe(fromObservable({ subscribe: () => ({ unsubscribe: unsubscribed.resolve }) }))
  await silent.stop()
})

test('a failure of an event ends the run and not the process, and later events are nobody’s', async () => {
  const target = new EventTarget()
  const probe = new SourceProbe(fromEvent(target, 'tick'))
  while (probe.values.length === 0) {
    target.dispatchEvent(new Event('tick'))
    await new Promise(setImmediate)
  }
  probe.fail(new Error('no room'))
  target.dispatchEvent(new Event('tick'))
  await assert.rejects(probe.done, { message: 'no room' })
  const count = probe.values.length
  target.dispatchEvent(new Event('tick'))
  assert.equal(probe.values.length, count)
})

test('a Web stream that is being waited for is cancelled by a stop', async () => {
  const cancelled = Promise.withResolvers<void>()
  const stream = new ReadableStream<number>({
    start: controller => controller.enqueue(1),
    cancel: () => cancelled.resolve(),
  })
  const probe = new SourceProbe(sourceOf(stream))
  await probe.until(1)
  assert.deepEqual(await probe.stop(), [1])
  await cancelled.promise
})

test('an async iterable takes no memory for the elements that have passed', async () => {
  setFlagsFromString('--expose-gc')
  // The flag makes it so in every new context.
  const collect = runInNewContext('gc') as () => void
  const heaps: number[] = []
  async function* numbers(): AsyncGenerator<number> {
    for (let number = 0; number < 200_000; number++) yield number
  }
  await sourceOf(numbers()).run({
    clock: new ManualClock(),
    signal: new AbortController().signal,
    emit: number => {
      if (number % 100_000 === 1000) {
        collect()
        heaps.push(process.memoryUsage().heapUsed)
      }
      return undefined
    },
    process: () => undefined,
  })
  const [before = 0, after = 0] = heaps
  assert.ok(after - before < 10_000_000, `${after - before} bytes more after 100,000 elements`)
})
