/**
 * Plays what a picture of time shows: an app whose elements arrive at moments of a clock that is moved by
 * hand. What is noted is what its steps gave and were told, so that no picture can show what is not so.
 */
import {
  App,
  json,
  type Kernel,
  type KernelFactory,
  type WindowOptions,
  type WindowResult,
  type Windows,
} from 'sluice'
import { TEST_START_MS, TestDriver } from 'sluice/testing'

/** What arrives, or happens to the app, at a moment; seconds. */
export type Arrival =
  | {
      readonly kind: 'element'
      readonly at: number
      readonly letter: string
      readonly time: number
      readonly partition: number
    }
  | { readonly kind: 'drain'; readonly at: number }
  /** Nothing arrives any more until then. */
  | { readonly kind: 'quiet'; readonly at: number }

/** What is to be played. */
export interface TimeSpec {
  /** The name of the picture's file. */
  readonly name: string
  /** What one sees in it. */
  readonly title: string
  readonly arrivals: readonly Arrival[]
  readonly windows: Windows
  readonly options?: WindowOptions
  /** Whether what is replaced is shown as taken back. */
  readonly retract?: boolean
  readonly outOfOrder?: string
  readonly idleAfter?: string
  readonly partitions?: number
  /** What the times of elements are, if not seconds since 1970. */
  readonly scale?: Scale
}

/** Units of time from a moment on. */
export interface Scale {
  readonly unit: string
  readonly unitMs: number
  readonly fromMs: number
}

/** Seconds since 1970. */
export const SECONDS: Scale = { unit: 's', unitMs: 1000, fromMs: 0 }

/** A window's result; `start` and `end` on the scale. */
export interface Result {
  readonly at: number
  readonly start: number
  readonly end: number
  readonly letters: string
  readonly isTakenBack: boolean
}

/** How far a watermark has come; seconds. +∞ where the input has ended. */
export interface Reached {
  readonly at: number
  readonly time: number
}

/** What came of it. */
export interface PlayedTime {
  readonly results: readonly Result[]
  /** The letters of elements that were late. */
  readonly late: ReadonlySet<string>
  /** What the windows were told, and each partition said. */
  readonly watermark: readonly Reached[]
  readonly partitions: readonly (readonly Reached[])[]
}

interface Letter {
  readonly letter: string
  readonly time: number
}

/** Plays a spec to its end. */
export async function playTime(spec: TimeSpec): Promise<PlayedTime> {
  const { windows, options, outOfOrder = '0s', idleAfter = '1h', partitions = 1, scale = SECONDS } = spec
  const app = new App('time', { shards: 1 })
  const value = json({ letter: 'string', time: 'number' })
  const topic = app.topic('letters', { value, partitions })
  const driver = new TestDriver(app)
  const now = (): number => (driver.clock.now() - TEST_START_MS) / 1000
  const said = Array.from({ length: partitions }, (): Reached[] => [])
  const told: Reached[] = []
  const results: Result[] = []
  const late = new Set<string>()

  const letters = app
    .stream(topic)
    .eventTime(e => scale.fromMs + e.time * scale.unitMs, { outOfOrder, idleAfter })
    .process(
      'partition',
      noting((time, task) => said[task]?.push({ at: now(), time })),
    )
    .keyBy(() => 'all')
    .process(
      'key',
      noting(time => told.push({ at: now(), time })),
    )
  const windowed = letters.window(windows, options)
  if (spec.retract === true) {
    letters
      .window(windows, { ...options, retract: true })
      .collect()
      .toChangelog()
      .peek(({ before, after }) => {
        if (before !== null) results.push(resultOf(before, { at: now(), scale, isTakenBack: true }))
        if (after !== null) results.push(resultOf(after, { at: now(), scale, isTakenBack: false }))
      })
      .toArray()
  }
  windowed
    .collect()
    .peek(result => {
      if (spec.retract !== true) results.push(resultOf(result, { at: now(), scale, isTakenBack: false }))
    })
    .toArray()
  windowed.late.peek(({ letter }) => late.add(letter)).toArray()

  await driver.start()
  for (const arrival of spec.arrivals) {
    await driver.advance(Math.round((arrival.at - now()) * 1000))
    if (arrival.kind === 'drain') {
      await driver.stop()
      await driver.drain()
      await driver.start()
    } else if (arrival.kind === 'element') {
      const { letter, time, partition } = arrival
      await driver.feedRecords(topic, [{ value: { letter, time }, partition }])
      await driver.settle()
    }
  }
  await driver.stop()
  return { results, late, watermark: told, partitions: said }
}

function resultOf(
  { window, value }: WindowResult<string, readonly Letter[]>,
  {
    at,
    scale: { fromMs, unitMs },
    isTakenBack,
  }: { readonly at: number; readonly scale: Scale; readonly isTakenBack: boolean },
): Result {
  return {
    at,
    start: (window.start - fromMs) / unitMs,
    end: (window.end - fromMs) / unitMs,
    letters: value.map(({ letter }) => letter).join(''),
    isTakenBack,
  }
}

/** A step that passes elements on, and notes each move of the watermark. */
function noting(note: (seconds: number, task: number) => void): KernelFactory<Letter, Letter> {
  return {
    fingerprint: 'noting 1',
    readsTime: 'watermark',
    open: host => {
      let reached = Number.NEGATIVE_INFINITY
      const kernel: Kernel<Letter> = {
        push: (value, context) => {
          host.emit(value, context)
          host.wakeAt(kernel.due())
        },
        advance: watermark => {
          if (watermark > reached) note(watermark / 1000, host.task)
          reached = Math.max(reached, watermark)
        },
        due: () => (reached === Number.NEGATIVE_INFINITY ? Number.MIN_SAFE_INTEGER : reached + 1),
      }
      return kernel
    },
  }
}
