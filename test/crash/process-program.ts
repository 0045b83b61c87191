/** Two process functions over the same numbers, one of them asynchronous: cells, timers and windows that must not lose or double anything. */
import { App, json, type KeyedStream, list, tumbling, value, windows } from 'sluice'

export interface Numbered {
  readonly key: string
  readonly n: number
  readonly time: number
}

const app = new App('process')
const numbers = app.topic('numbers', {
  value: json({ key: 'string', n: 'number', time: 'number' }),
  partitions: 2,
})
const keyed = app
  .stream(numbers)
  .eventTime(given => given.time, { idleAfter: '1d' })
  .keyBy('key')

const cells = () => ({
  count: value<number>(),
  all: list<number>(),
  sums: windows(tumbling('1s'), { init: () => 0 }),
})

plain(keyed).to(app.topic('plain', { value: json<string>() }))
asynchronous(keyed).to(app.topic('asynchronous', { value: json<string>() }))

export default app

function plain(stream: KeyedStream<string, Numbered>): KeyedStream<string, string> {
  return stream.process('plain', {
    state: cells(),
    timers: { each: 'event' },
    onElement(given, { state, timers }) {
      state.count.update(count => (count ?? 0) + 1)
      state.all.add(given.n)
      state.sums.update(sum => sum + given.n)
      timers.each.set(given.time + 500, given.n)
    },
    onTimer: ({ id }, { key }) => [`timer ${key} ${id}`],
    onClose: ({ window, state }, { key }) => [`window ${key} ${window.end} ${state}`],
    onEnd: ({ key, state }) => [`end ${key} ${state.count.get()} ${state.all.values().join()}`],
  })
}

function asynchronous(stream: KeyedStream<string, Numbered>): KeyedStream<string, string> {
  return stream.process('asynchronous', {
    state: cells(),
    timers: { each: 'event' },
    async onElement(given, { state, timers }) {
      state.count.update(count => (count ?? 0) + 1)
      state.all.add(given.n)
      await new Promise(resolve => setImmediate(resolve))
      state.sums.update(sum => sum + given.n)
      timers.each.set(given.time + 500, given.n)
    },
    async onTimer({ id }, { key }) {
      await new Promise(resolve => setImmediate(resolve))
      return [`timer ${key} ${id}`]
    },
    async onClose({ window, state }, { key }) {
      await new Promise(resolve => setImmediate(resolve))
      return [`window ${key} ${window.end} ${state}`]
    },
    onEnd: ({ key, state }) => [`end ${key} ${state.count.get()} ${state.all.values().join()}`],
  })
}
