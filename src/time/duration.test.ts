import assert from 'node:assert/strict'
import test from 'node:test'
import { type Duration, durationMs, formatDuration, positiveDurationMs } from './duration.ts'

const GOOD: readonly (readonly [Duration, number])[] = [
  [0, 0],
  [250, 250],
  ['500ms', 500],
  ['5s', 5000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  [' 3 s ', 3000],
]

for (const [duration, ms] of GOOD) {
  test(`${JSON.stringify(duration)} is ${ms} milliseconds`, () => {
    assert.equal(durationMs(duration, 'it'), ms)
  })
}

const BAD: readonly Duration[] = [
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  '5',
  's',
  '5 weeks',
  '-5s',
  '1e3ms',
  '0.5ms',
  '1s 500ms',
]

for (const duration of BAD) {
  test(`${String(duration) || 'nothing'} is no duration, and the message says whose`, () => {
    assert.throws(() => durationMs(duration, 'outOfOrder'), {
      code: 'OPTION_INVALID',
      message: /^outOfOrder is .*expected whole milliseconds/,
    })
  })
}

test('a positive duration is longer than nothing', () => {
  assert.equal(positiveDurationMs('1ms', 'the size'), 1)
  assert.throws(() => positiveDurationMs(0, 'the size'), {
    code: 'OPTION_INVALID',
    message: 'the size is 0; it must be longer than 0',
  })
})

const TEXTS: readonly (readonly [number, string])[] = [
  [0, '0ms'],
  [850, '850ms'],
  [12_000, '12s'],
  [200_000, '3m 20s'],
  [7_500_000, '2h 5m'],
  [86_400_000, '1d'],
]

for (const [ms, text] of TEXTS) {
  test(`${ms} milliseconds read ${text}`, () => {
    assert.equal(formatDuration(ms), text)
  })
}
