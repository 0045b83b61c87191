/** How often windows give results, and what an element that a fold refuses leaves behind in them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, countWindows, json, Stream, session } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

test('a session that changed often since its last early result gives the next one once', async () => {
  const readings = new Stream<{ readonly key: string; readonly time: number }>()
  const results = readings
    .eventTime(reading => reading.time)
    .keyBy('key')
    .window(session(1000), { emit: { every: 10 } })
    .count()
    .toArray()
  for (const time of [8, 9, 11, 12, 13, 25]) await readings.emit({ key: 'a', time })
  assert.deepEqual(
    results.map(({ value }) => value),
    [1, 3, 6],
  )
})

for (const every of [1, 3]) {
  test(`count windows hold what was not skipped, a result after each ${every}`, async () => {
    const app = new App('app')
    const numbers = app.topic('numbers', { value: json({ number: 'number' }), keyedBy: 'number' })
    const sums = app.topic('sums', { value: json({ numbers: ['number'] }) })
    app
      .stream(numbers)
      .keyBy(() => 'all')
      .window(countWindows(3, { every }))
      .aggregate(
        {
          init: (): readonly number[] => [],
          add(before, { number }) {
            if (number % 3 === 2) throw new Error('refused')
            return [...before, number]
          },
        },
        { onError: 'skip' },
      )
      .map(({ value }) => ({ numbers: [...value] }))
      .to(sums)
    const driver = new TestDriver(app)
    await driver.feed(
      numbers,
      [1, 2, 3, 4, 5, 6, 7].map(number => ({ number })),
    )
    await driver.run()
    const given = (await driver.values(sums)).map(value => value?.numbers)
    const all = [[1], [1, 3], [1, 3, 4], [3, 4, 6], [4, 6, 7]]
    assert.deepEqual(given, every === 1 ? all : [[1, 3, 4]])
  })
}
