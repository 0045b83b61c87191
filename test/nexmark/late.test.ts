/**
 * Bids that come later than the watermark allows are left out by the rule alone: a bid is late where the watermark of
 * its own partition had passed its window just before it. So the answer is that of plain code over the others, in
 * any course.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { PARTITIONS } from '../../examples/nexmark/events.ts'
import type { Line } from '../../examples/nexmark/generate.ts'
import { type Random, seededRandom } from '../../src/testing/choices.ts'
import { seedOf } from '../properties/seed.ts'
import { batchAnswer } from './batch.ts'
import { randomCourse } from './examine.ts'
import { playQuery, STRAIGHT } from './play.ts'
import { assertSame, someEvents } from './recorded.ts'

const EVENTS = 2000
const COURSES = 6
const BOUND_MS = 4000
const WINDOWS_MS = { q7: 10_000, q10: 60_000 } as const

for (const [name, windowMs] of Object.entries(WINDOWS_MS)) {
  test(`${name} leaves out what is late, whatever the course`, async t => {
    const random = seededRandom(seedOf(t))
    for (let number = 0; number < COURSES; number++) {
      const events = someEvents(number, EVENTS).map(event => delayed(event, random))
      const onTime = withoutLate(events, windowMs)
      assert.ok(onTime.length < events.length, 'some are late')
      const course = number === 0 ? STRAIGHT : randomCourse(random)
      assertSame(await playQuery(name, events, course), batchAnswer(name, onTime))
    }
  })
}

/** One of thirty bids happened up to two minutes before it came. */
function delayed(event: Line, random: Random): Line {
  if (event.kind !== 'bid' || random() > 1 / 30) return event
  return { ...event, dateTime: event.dateTime - Math.floor(random() * 120_000) }
}

function withoutLate(events: readonly Line[], windowMs: number): readonly Line[] {
  const newest = Array.from({ length: PARTITIONS }, () => Number.NEGATIVE_INFINITY)
  return events.filter(({ dateTime }, number) => {
    const partition = number % PARTITIONS
    const before = newest[partition] ?? Number.NEGATIVE_INFINITY
    newest[partition] = Math.max(before, dateTime)
    const end = Math.floor(dateTime / windowMs) * windowMs + windowMs
    return end - 1 > before - BOUND_MS - 1
  })
}
