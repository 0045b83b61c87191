/** Joins of two streams by time, element by element, beside a hand-written loop: nanoseconds per element. */
import {
  type AsOfJoinOptions,
  type IntervalJoinOptions,
  Stream,
  tumbling,
  type WindowJoinOptions,
} from 'sluice'
import { best, cpuControl, type Figure, perElement, withControl } from './measure.ts'

const ELEMENTS = 1_000_000
const KEYS = 1000
/** How far apart the elements of a pair may be: each has two or three partners. */
const WITHIN_MS = 2500
const WINDOW_MS = 10_000
const RUNS = 3

interface Event {
  readonly key: string
  readonly time: number
}

/** The figures of joins. */
export async function joinFigures(): Promise<readonly Figure[]> {
  const events = Array.from({ length: ELEMENTS }, (_, number) => ({
    key: `k${Math.floor(number / 2) % KEYS}`,
    time: number,
  }))
  const against = (name: string, run: () => number, byHand: () => number): Promise<Figure> =>
    withControl(cpuControl, async () => {
      const [pairs, expected] = [run(), byHand()]
      if (pairs !== expected) throw new Error(`${name} gave ${pairs} rows, the loop ${expected}`)
      const valueMs = await best(run, RUNS)
      const baselineMs = await best(byHand, RUNS)
      const figure = perElement(name, {
        elements: ELEMENTS,
        valueMs,
        baselineMs,
        baselineName: 'hand-written loop',
      })
      return { ...figure, more: { 'rows per element': pairs / ELEMENTS } }
    })
  return [
    await against(
      'joins: within an interval, inner, 1000 keys',
      () => joined(events, { within: WITHIN_MS }),
      () => intervalLoop(events),
    ),
    await against(
      'joins: as of a time, 1000 keys',
      () => joined(events, { asOf: true }),
      () => asOfLoop(events),
    ),
    await against(
      'joins: in tumbling windows, inner, 1000 keys',
      () => joined(events, { window: tumbling(WINDOW_MS) }),
      () => windowLoop(events),
    ),
  ]
}

type Options = IntervalJoinOptions | AsOfJoinOptions | (WindowJoinOptions & { readonly retract?: false })

/** How many rows a join of the even elements with the odd ones gives. */
function joined(events: readonly Event[], options: Options): number {
  const [left, right] = [new Stream<Event>(), new Stream<Event>()]
  let rows = 0
  const keyed = (stream: Stream<Event>) => stream.eventTime(({ time }) => time).keyBy('key')
  keyed(left)
    // Which overload it is, the options say.
    .join(keyed(right), options as IntervalJoinOptions)
    .sink(() => {
      rows++
    })
  for (const [number, event] of events.entries()) void (number % 2 === 0 ? left : right).emit(event)
  void left.end()
  void right.end()
  return rows
}

/** What waits of one key, the first ones being gone. */
interface Side {
  readonly events: Event[]
  gone: number
}

function sidesOf(keys: Map<string, readonly [Side, Side]>, key: string): readonly [Side, Side] {
  let sides = keys.get(key)
  if (sides === undefined) {
    sides = [
      { events: [], gone: 0 },
      { events: [], gone: 0 },
    ]
    keys.set(key, sides)
  }
  return sides
}

/** Two lists per key, from whose fronts goes what is too old. */
function intervalLoop(events: readonly Event[]): number {
  const keys = new Map<string, readonly [Side, Side]>()
  const rows: { key: string; left: Event; right: Event }[] = []
  let count = 0
  for (const [number, event] of events.entries()) {
    const sides = sidesOf(keys, event.key)
    const isLeft = number % 2 === 0
    const [own, other] = isLeft ? sides : [sides[1], sides[0]]
    drop(other, event.time - WITHIN_MS)
    for (let at = other.gone; at < other.events.length; at++) {
      const partner = other.events[at]
      if (partner === undefined) continue
      rows.push({ key: event.key, left: isLeft ? event : partner, right: isLeft ? partner : event })
    }
    count += rows.length
    rows.length = 0
    own.events.push(event)
  }
  return count
}

function drop(side: Side, before: number): void {
  while ((side.events[side.gone]?.time ?? before) < before) side.gone++
  if (side.gone > 32 && side.gone * 2 > side.events.length) {
    side.events.splice(0, side.gone)
    side.gone = 0
  }
}

/** The newest version per key; elements come in order, so nothing waits. */
function asOfLoop(events: readonly Event[]): number {
  const versions = new Map<string, Event>()
  let row: { key: string; left: Event; right: Event } | undefined
  let rows = 0
  for (const [number, event] of events.entries()) {
    if (number % 2 === 1) versions.set(event.key, event)
    else {
      const right = versions.get(event.key)
      if (right !== undefined) row = { key: event.key, left: event, right }
      if (row?.left === event) rows++
    }
  }
  return rows
}

/** Two lists per key and window. */
function windowLoop(events: readonly Event[]): number {
  let keys = new Map<string, readonly [Side, Side]>()
  let end = WINDOW_MS
  let rows = 0
  const close = (): void => {
    for (const [key, [left, right]] of keys) {
      const pairs = left.events.flatMap(l => right.events.map(r => ({ key, left: l, right: r })))
      rows += pairs.length
    }
    keys = new Map()
  }
  for (const [number, event] of events.entries()) {
    if (event.time >= end) {
      close()
      end += WINDOW_MS
    }
    sidesOf(keys, event.key)[number % 2 === 0 ? 0 : 1].events.push(event)
  }
  close()
  return rows
}
