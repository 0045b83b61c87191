/** What overlapping windows cost: not each slice as much as it has windows. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Stream } from '../../src/index.ts'
import { hoppingSpans } from '../../src/operators/window/hopping.ts'
import { spanKernel } from '../../src/operators/window/span-kernel.ts'
import type { Windows } from '../../src/operators/window/windows.ts'

const SIZE = 1000

test('a slice that follows another looks at the windows alone that are new', async () => {
  const spans = hoppingSpans(SIZE, 1)
  let looks = 0
  const counting = {
    ...spans,
    nextEnd(end: number): number {
      looks++
      return spans.nextEnd(end)
    },
  }
  const windows: Windows = {
    kind: 'hopping',
    spans: counting,
    kernel: (fold, rules) => spanKernel(counting, fold, rules),
  }
  const times = new Stream<number>()
  const counts = times
    .eventTime(time => time, { outOfOrder: 10 * SIZE })
    .keyBy(() => 'all')
    .window(windows)
    .count()
    .toArray()
  for (let time = 0; time < 2 * SIZE; time++) await times.emit(time % 2 === 0 ? time + 1 : time - 1)
  await times.end()
  assert.equal(counts.length, 3 * SIZE - 1)
  assert.ok(looks < 10 * SIZE, `looked at ${looks} windows`)
})
