/**
 * Plays a recorded case of keyed windows: one element at a time, each with all that it sets off, and
 * then the end of the input.
 */
import { isDeepStrictEqual } from 'node:util'
import {
  App,
  collect,
  count,
  countWindows,
  hopping,
  json,
  max,
  mean,
  min,
  session,
  sum,
  tumbling,
  type Window,
  type WindowOptions,
  type Windows,
} from '../../../src/index.ts'
import { TestDriver } from '../../../src/testing/index.ts'

/** A case as it was recorded. */
export interface WindowCase {
  readonly id: string
  readonly window:
    | { readonly type: 'tumbling'; readonly sizeMs: number; readonly offsetMs?: number }
    | {
        readonly type: 'hopping'
        readonly sizeMs: number
        readonly slideMs: number
        readonly offsetMs?: number
      }
    | { readonly type: 'session'; readonly gapMs: number }
    | { readonly type: 'count'; readonly size: number; readonly slide?: number }
  readonly boundMs: number
  readonly latenessMs: number
  readonly partitions?: number
  readonly trigger?: { readonly count: number; readonly purge: boolean }
  readonly events: readonly (readonly [
    id: string,
    key: string,
    time: number,
    value: number,
    partition?: number,
  ])[]
  readonly results: readonly Firing[]
  readonly late: readonly string[]
}

/** One firing; count windows have neither borders nor watermark. */
interface Firing {
  readonly key: string
  readonly start?: number
  readonly end?: number
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly avg: number
  readonly top2: readonly number[]
  readonly ids: readonly string[]
  readonly watermark?: number | 'end'
}

const event = json({ id: 'string', key: 'string', time: 'number', value: 'number' })

/** How what Sluice gives differs from what was recorded; empty: it does not. */
export async function windowDifferences(recorded: WindowCase): Promise<readonly string[]> {
  const { partitions = 1 } = recorded
  const app = new App('case')
  const events = app.topic('events', { value: event, keyedBy: 'key', partitions })
  const windows = app
    .stream(events)
    .eventTime(e => e.time, { outOfOrder: recorded.boundMs, idleAfter: '1d', maxAhead: false })
    .keyBy(e => e.key)
    .window(windowsOf(recorded), optionsOf(recorded))
  const firings = windows
    .aggregate({
      count: count(),
      sum: sum(e => e.value),
      min: min(e => e.value),
      max: max(e => e.value),
      avg: mean(e => e.value),
      events: collect(),
    })
    .toArray()
  const late = windows.late.toArray()
  const driver = new TestDriver(app)
  const marks = new Watermarks(partitions, recorded.boundMs)
  // Where there are several partitions, only what comes out was recorded, not when.
  const isTimed = recorded.results.some(({ watermark }) => watermark !== undefined)
  const given: Firing[] = []
  const take = (watermark: number | 'end'): void => {
    for (const { key, window, value } of firings.splice(0)) {
      const { events: inside, ...rest } = value
      const top2 = inside
        .map(e => e.value)
        .sort((a, b) => b - a)
        .slice(0, 2)
      given.push({
        key,
        ...rest,
        top2,
        ids: inside.map(e => e.id),
        ...(recorded.window.type === 'count' ? {} : borders(window)),
        ...(isTimed ? { watermark } : {}),
      })
    }
  }
  await driver.start()
  for (const [id, key, time, value, partition = 0] of recorded.events) {
    await driver.feedRecords(events, [{ value: { id, key, time, value }, partition }])
    await driver.settle()
    take(marks.after(time, partition))
  }
  await driver.stop()
  await driver.drain()
  take('end')
  return [
    ...differences('firing', recorded.results.map(normalised), given.map(normalised)),
    ...differences(
      'late',
      recorded.late,
      late.map(e => e.id),
    ),
  ]
}

function windowsOf({ window }: WindowCase): Windows {
  switch (window.type) {
    case 'tumbling':
      return tumbling(window.sizeMs, { offset: window.offsetMs ?? 0 })
    case 'hopping':
      return hopping(window.sizeMs, window.slideMs, { offset: window.offsetMs ?? 0 })
    case 'session':
      return session(window.gapMs)
    case 'count':
      return countWindows(window.size, window.slide === undefined ? {} : { every: window.slide })
  }
}

function optionsOf({ latenessMs, trigger }: WindowCase): WindowOptions {
  return { lateness: latenessMs, ...(trigger === undefined ? {} : { emit: trigger }) }
}

function borders({ start, end }: Window): Window {
  return { start, end }
}

/** The watermark after each element: the lowest of all partitions. */
class Watermarks {
  readonly #newest: number[]
  readonly #boundMs: number

  constructor(partitions: number, boundMs: number) {
    this.#newest = Array.from({ length: partitions }, () => Number.NEGATIVE_INFINITY)
    this.#boundMs = boundMs
  }

  after(time: number, partition: number): number {
    this.#newest[partition] = Math.max(this.#newest[partition] ?? time, time)
    return Math.min(...this.#newest) - this.#boundMs - 1
  }
}

/** With the ids in one order: how firings list them is not recorded to mean anything. */
function normalised(firing: Firing): Firing {
  return { ...firing, ids: firing.ids.toSorted() }
}

function differences<T>(what: string, expected: readonly T[], given: readonly T[]): readonly string[] {
  const left = [...given]
  const missing = expected.filter(each => {
    const at = left.findIndex(other => sameWithin(each, other))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  return [
    ...missing.map(each => `${what} is missing: ${JSON.stringify(each)}`),
    ...left.map(each => `${what} is too much: ${JSON.stringify(each)}`),
  ]
}

/** Equal, numbers to 1e-9 of their size. */
function sameWithin(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') {
    return left === right || Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right))
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return isDeepStrictEqual(left, right)
  }
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...names].every(name => sameWithin(Reflect.get(left, name), Reflect.get(right, name)))
}
