/** How often windows give results. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, countWindows, json, Stream, session } from '../../src/index.ts'

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
