import assert from 'node:assert/strict'
import test from 'node:test'
import { calendarSpans } from './calendar.ts'

const HOUR_MS = 3_600_000

function hoursOfDay(timeZone: string, instant: string): number {
  const { start, end } = calendarSpans('day', { timeZone }).sliceAt(Date.parse(instant))
  return (end - start) / HOUR_MS
}

test('a day is as long as clocks make it', () => {
  assert.equal(hoursOfDay('Europe/Helsinki', '2026-03-28T12:00Z'), 24)
  assert.equal(hoursOfDay('Europe/Helsinki', '2026-03-29T12:00Z'), 23)
  assert.equal(hoursOfDay('Europe/Helsinki', '2026-10-25T12:00Z'), 25)
  assert.equal(hoursOfDay('Asia/Kathmandu', '2026-03-29T12:00Z'), 24)
  assert.equal(hoursOfDay('Antarctica/Troll', '2026-03-29T12:00Z'), 22)
})

test('a day that a place left out is none', () => {
  // Samoa went from the 29th to the 31st of December 2011.
  const days = calendarSpans('day', { timeZone: 'Pacific/Apia' })
  const before = days.sliceAt(Date.parse('2011-12-30T09:59:59.999Z'))
  assert.equal(before.end, Date.parse('2011-12-30T10:00Z'))
  assert.equal(days.sliceAt(before.end).end - before.end, 24 * HOUR_MS)
})

for (const timeZone of ['UTC', 'Europe/Helsinki', 'America/Havana', 'America/St_Johns', 'Pacific/Apia']) {
  for (const unit of ['day', 'week', 'month'] as const) {
    test(`each instant is in one ${unit} of ${timeZone}, and they follow one another`, () => {
      const spans = calendarSpans(unit, { timeZone })
      let { start, end } = spans.sliceAt(Date.parse('2011-01-01T00:00Z'))
      while (end < Date.parse('2012-02-01T00:00Z')) {
        for (const time of [start, (start + end) / 2, end - 1]) {
          assert.deepEqual(spans.sliceAt(Math.floor(time)), { start, end })
        }
        assert.equal(spans.startOf(end), start)
        const next = spans.sliceAt(end)
        assert.equal(next.start, end)
        start = next.start
        end = next.end
      }
    })
  }
}

test('a time zone that does not exist is refused, and so is an unknown part of the calendar', () => {
  assert.throws(() => calendarSpans('day', { timeZone: 'Europe/Atlantis' }), {
    code: 'OPTION_INVALID',
    message: /no time zone "Europe\/Atlantis"/,
  })
  assert.throws(() => calendarSpans('fortnight' as 'day'), { code: 'OPTION_INVALID' })
})
