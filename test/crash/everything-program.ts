/**
 * Every kind of step with state, behind an exchange, with calls under way before it: what savepoints must carry.
 * Each sensor's readings are in one partition, so nothing depends on how partitions interleave.
 */
import {
  App,
  cumulate,
  globalWindow,
  hopping,
  json,
  list,
  map,
  session,
  sliding,
  tumbling,
  value,
} from 'sluice'

const app = new App('everything')
const readings = app.topic('readings', {
  value: json({ sensor: 'string', time: 'number', value: 'number' }),
  partitions: 3,
})
const results = app.topic('results', {
  value: json({ of: 'string', key: 'string', at: 'number', value: 'string' }),
})

const timed = app
  .stream(readings)
  // No idle decisions: they may depend on the moment, and the result must not.
  .eventTime(r => r.time, { outOfOrder: '2s', idleAfter: '1d', maxAhead: false })
  .mapAsync(
    async r => {
      await new Promise(resolve => setTimeout(resolve, r.value % 3))
      return r
    },
    { concurrency: 8 },
  )
const keyed = timed.keyBy(r => r.sensor)

const kinds = {
  tumbling: tumbling('5s'),
  hopping: hopping('6s', '2s'),
  sliding: sliding({ before: '1s' }),
  cumulate: cumulate('2s', '10s'),
  session: session('1s'),
}
for (const [of, windows] of Object.entries(kinds)) {
  keyed
    .window(windows)
    .sum(r => r.value, { id: `${of}-sum` })
    .map(({ key, window, value }) => ({ of, key, at: window.start, value: String(value) }))
    .to(results)
  keyed
    .window(windows)
    .collect({ id: `${of}-all` })
    .map(({ key, window, value }) => ({
      of: `${of}-all`,
      key,
      at: window.end,
      value: value.map(r => r.value).join(),
    }))
    .to(results)
}
keyed
  .window(globalWindow(), { emit: { count: 7 } })
  .count({ id: 'global-count' })
  .map(({ key, value }) => ({ of: 'global', key, at: 0, value: String(value) }))
  .to(results)
keyed
  .running()
  .sum(r => r.value, { id: 'running' })
  .map(({ key, value }) => ({ of: 'running', key, at: 0, value: String(value) }))
  .to(results)
keyed
  .chunk(4, { id: 'chunks' })
  .map(chunk => ({
    of: 'chunk',
    key: chunk[0]?.sensor ?? '',
    at: chunk.length,
    value: chunk.map(r => r.value).join(),
  }))
  .to(results)
keyed
  .slidingWindow(3, { id: 'last-three' })
  .map(last => ({ of: 'three', key: last[0]?.sensor ?? '', at: 0, value: last.map(r => r.value).join() }))
  .to(results)

const evens = keyed.filter(r => r.value % 2 === 0)
keyed
  .join(evens, { within: { before: '1s', after: '500ms' }, how: 'full', id: 'near' })
  .map(({ key, left, right }) => ({
    of: 'near',
    key,
    at: left?.time ?? 0,
    value: `${left?.value} ${right?.time} ${right?.value}`,
  }))
  .to(results)
keyed
  .join(evens, { asOf: true, how: 'left', maxAge: '2s', id: 'as-of' })
  .map(({ key, left, right }) => ({ of: 'asOf', key, at: left.time, value: `${left.value} ${right?.time}` }))
  .to(results)
keyed
  .cogroup(evens, { window: tumbling('3s'), id: 'groups' })
  .map(({ key, window, left, right }) => ({
    of: 'groups',
    key,
    at: window.start,
    value: `${left.map(r => r.value).join()} ${right.map(r => r.value).join()}`,
  }))
  .to(results)

keyed
  .process('runs', {
    state: { count: value<number>(), seen: list<number>(), best: map<string, number>() },
    timers: { quiet: 'event' },
    onElement(r, { state, timers }) {
      state.count.set((state.count.get() ?? 0) + 1)
      state.seen.add(r.value)
      state.best.set(`m${r.value % 3}`, Math.max(r.value, state.best.get(`m${r.value % 3}`) ?? 0))
      timers.quiet.set(r.time + 1500)
    },
    onTimer(timer, { key, state }) {
      const best = state.best.entries().map(([name, most]) => `${name}=${most}`)
      const text = [state.count.get(), ...state.seen.values(), ...best.sort()].join()
      state.seen.clear()
      return [{ of: 'process', key, at: timer.time, value: text }]
    },
  })
  .to(results)

export default app
