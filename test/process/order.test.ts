/** The order of a map's entries, and the time of the end: neither depends on policies, restarts or signs. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, map, Stream, value } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

/** What happens to entries: set, deleted, deleted and set again, or all cleared and one set. */
const STEPS = [
  { entry: 'a', does: 'set' },
  { entry: 'b', does: 'set' },
  { entry: 'c', does: 'set' },
  { entry: 'a', does: 'set' },
  { entry: 'a', does: 'setAnew' },
  { entry: 'b', does: 'delete' },
  { entry: 'd', does: 'set' },
  { entry: 'b', does: 'set' },
  { entry: 'd', does: 'setAnew' },
  { entry: 'e', does: 'clearAndSet' },
  { entry: 'a', does: 'set' },
]

const IN_ORDER = ['a', 'ab', 'abc', 'abc', 'bca', 'ca', 'cad', 'cadb', 'cabd', 'e', 'ea']

for (const onError of ['fail', 'skip'] as const) {
  for (const perRun of [1, 3, STEPS.length]) {
    test(`entries come in the order in which they were made: policy ${onError}, a restart after each ${perRun}`, async () => {
      const app = new App('app')
      const changes = app.topic('changes', { value: json({ entry: 'string', does: 'string' }) })
      const orders = app.topic('orders', { value: json({ order: 'string' }) })
      app
        .stream(changes)
        .keyBy(() => 'all')
        .process(
          'order',
          {
            state: { entries: map<string, number>() },
            onElement({ entry, does }, { state: { entries } }) {
              if (does === 'clearAndSet') entries.clear()
              else if (does !== 'set') entries.delete(entry)
              if (does !== 'delete') entries.set(entry, 1)
              const order = entries
                .entries()
                .map(([name]) => name)
                .join('')
              return [{ order }]
            },
          },
          { onError },
        )
        .to(orders)
      const driver = new TestDriver(app)
      for (let at = 0; at < STEPS.length; at += perRun) {
        await driver.feed(changes, STEPS.slice(at, at + perRun))
        await driver.run()
      }
      const given = (await driver.values(orders)).map(each => each?.order)
      assert.deepEqual(given, IN_ORDER)
    })
  }
}

test('the end has the time of the newest element, also before 1970', async () => {
  const times = new Stream<{ readonly key: string; readonly time: number }>()
  const ends = times
    .eventTime(each => each.time)
    .keyBy('key')
    .process('ends', {
      state: { seen: value<true>() },
      onElement(_, { state }) {
        state.seen.set(true)
      },
      onEnd: ({ time }) => [time],
    })
    .toArray()
  for (const time of [-50, -20]) await times.emit({ key: 'a', time })
  await times.end()
  assert.deepEqual(ends, [-20])
})
