import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { indexAxis, shareOf, valueAxis, valueText } from './axis.ts'
import { timeAxis } from './time-axis.ts'

const ANY = fc.double({ noNaN: true, noDefaultInfinity: true })

function labels(axis: { readonly ticks: readonly { readonly label: string; readonly note?: string }[] }) {
  return axis.ticks.map(tick => (tick.note === undefined ? tick.label : `${tick.label} ${tick.note}`))
}

test('ticks are at round numbers, with as many places as they need', () => {
  assert.deepEqual(labels(valueAxis({ min: 0.13, max: 0.41 }, 4)), ['0.1', '0.2', '0.3', '0.4', '0.5'])
  assert.deepEqual(labels(valueAxis({ min: -3, max: 1200 }, 4)), [
    '-500',
    '0',
    '500',
    '1\u00a0000',
    '1\u00a0500',
  ])
  assert.deepEqual(labels(valueAxis({ min: 0, max: 3e-9 }, 3)), ['0', '1e-9', '2e-9', '3e-9'])
  assert.deepEqual(labels(valueAxis({ min: 1e20, max: 1.5e20 }, 3)), ['1.0e20', '1.2e20', '1.4e20', '1.6e20'])
})

test('any two numbers make an axis with few ticks that spans them', () => {
  fc.assert(
    fc.property(ANY, ANY, fc.integer({ min: 1, max: 12 }), (a, b, count) => {
      const extent = { min: Math.min(a, b), max: Math.max(a, b) }
      for (const axis of [valueAxis(extent, count), indexAxis(extent, count)]) {
        assert.ok(Number.isFinite(axis.max - axis.min) && axis.max > axis.min, `${axis.min} … ${axis.max}`)
        assert.ok(axis.ticks.length <= 3 * count + 3, `${axis.ticks.length} ticks`)
        for (const value of [a, b]) {
          const share = shareOf(axis, value)
          assert.ok(share >= 0 && share <= 1, String(share))
        }
      }
    }),
    { numRuns: 2000 },
  )
})

test('the largest numbers that there are have an axis', () => {
  const extent = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE }
  for (const count of [1, 2, 3, 5, 9]) {
    for (const axis of [valueAxis(extent, count), indexAxis(extent, count)]) {
      assert.ok(Number.isFinite(axis.max - axis.min), `${axis.min} … ${axis.max}`)
      assert.equal(shareOf(axis, 0), 0.5)
    }
  }
})

test('no two ticks of an axis have the same label', () => {
  fc.assert(
    fc.property(ANY, ANY, (a, b) => {
      const ticks = labels(valueAxis({ min: Math.min(a, b), max: Math.max(a, b) }, 5))
      assert.equal(new Set(ticks).size, ticks.length, ticks.join(' '))
    }),
    { numRuns: 2000 },
  )
})

test('one value has an axis around it', () => {
  assert.deepEqual(labels(valueAxis({ min: 0, max: 0 }, 2)), ['-1', '0', '1'])
  const { min, max } = valueAxis({ min: 42, max: 42 }, 4)
  assert.ok(min < 42 && max > 42 && max - min < 20)
})

test('whole places have whole ticks', () => {
  assert.deepEqual(labels(indexAxis({ min: 0, max: 3 }, 10)), ['0', '1', '2', '3'])
})

test('times have ticks at round clock times, the day at the first of each day', () => {
  const min = Date.UTC(2026, 10, 25, 22, 10)
  assert.deepEqual(labels(timeAxis({ min, max: min + 3 * 3_600_000 }, 4, 'UTC')), [
    '23:00 2026-11-25',
    '00:00 2026-11-26',
    '01:00',
  ])
  assert.deepEqual(labels(timeAxis({ min, max: min + 20 }, 3, 'UTC')), [
    '22:10:00.000 2026-11-25',
    '22:10:00.010',
    '22:10:00.020',
  ])
  assert.deepEqual(labels(timeAxis({ min, max: min + 3 * 86_400_000 }, 4, 'UTC')), [
    '2026-11-26',
    '2026-11-27',
    '2026-11-28',
  ])
})

test('days begin at the midnight of the time zone', () => {
  const min = Date.UTC(2026, 5, 1, 12)
  const axis = timeAxis({ min, max: min + 86_400_000 }, 4, 'Asia/Kolkata')
  assert.deepEqual(labels(axis), ['18:00 2026-06-01', '00:00 2026-06-02', '06:00', '12:00'])
  assert.equal(axis.ticks[1]?.at, Date.UTC(2026, 5, 1, 18, 30))
})

test('any two times make an axis with few ticks', () => {
  fc.assert(
    fc.property(ANY, ANY, fc.integer({ min: 1, max: 12 }), (a, b, count) => {
      const axis = timeAxis({ min: Math.min(a, b), max: Math.max(a, b) }, count, 'Europe/Zurich')
      assert.ok(axis.max > axis.min && axis.ticks.length <= 3 * count + 3)
    }),
    { numRuns: 500 },
  )
})

test('all times that a calendar has make an axis', () => {
  const instant = fc.integer({ min: -62_135_000_000_000, max: 253_402_000_000_000 })
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      const axis = timeAxis({ min: Math.min(a, b), max: Math.max(a, b) }, 6, 'UTC')
      assert.ok(axis.ticks.length <= 20)
      for (const { label } of axis.ticks) assert.match(label, /^\d{4}-\d\d-\d\d$|^\d\d:\d\d/)
    }),
  )
})

test('a time zone that does not exist is refused', () => {
  assert.throws(() => timeAxis({ min: 0, max: 1 }, 3, 'Mars/Olympus'), { code: 'OPTION_INVALID' })
})

test('a value on its own is short, whole numbers are whole', () => {
  assert.deepEqual([0, 20.123456, 1204, -0.00001234, 123456.78, 1e100, 1 / 3].map(valueText), [
    '0',
    '20.123',
    '1\u00a0204',
    '-1.234e-5',
    '123\u00a0457',
    '1e100',
    '0.33333',
  ])
})
