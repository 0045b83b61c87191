/**
 * Axes of numbers: where they begin and end, and ticks at round numbers.
 *
 * Invariant: an axis has an extent whatever it is made for (one value, huge, tiny or no numbers), and
 * few ticks, each with a label of its own.
 */
import type { Extent } from './series.ts'

const NO_BREAK_SPACE = '\u00a0'
/** Beyond this, an axis and its outer ticks might have no length any more; values are drawn at its end. */
const LARGEST = 1e307
/** Differences below this share of the values are rounding errors: one value, in effect. */
const SMALLEST_SHARE = 1e-13
const SMALLEST = 1e-300
/** From here on, and below its counterpart, numbers are written with an exponent. */
const LARGEST_PLAIN = 1e13
const SMALLEST_PLAIN = 1e-4

/** A mark on an axis. */
export interface Tick {
  readonly at: number
  readonly label: string
  /** A second line below the label, such as the day at which a clock began anew. */
  readonly note?: string
}

/** A finished axis. */
export interface Axis {
  readonly min: number
  readonly max: number
  readonly ticks: readonly Tick[]
}

/** An axis that begins and ends at ticks; about `count` of them. */
export function valueAxis(values: Extent, count: number): Axis {
  const { min, max } = widen(values, Math.abs(values.max) * 0.1)
  const step = roundStep((max - min) / count)
  const [first, last] = [Math.floor(min / step), Math.ceil(max / step)]
  const ticks = ticksFrom(first, last, step)
  return { min: ticks[0]?.at ?? min, max: ticks.at(-1)?.at ?? max, ticks }
}

/** An axis of exactly this extent, for places that are counted: whole numbers have whole ticks. */
export function indexAxis(places: Extent, count: number): Axis {
  const { min, max } = widen(places, 0.5)
  const isWhole = Number.isInteger(places.min) && Number.isInteger(places.max)
  const step = Math.max(roundStep((max - min) / count), isWhole ? 1 : 0)
  return { min, max, ticks: ticksFrom(Math.ceil(min / step), Math.floor(max / step), step) }
}

/** How far along the axis a value stands, from 0 to 1. */
export function shareOf(axis: Axis, value: number): number {
  return Math.min(1, Math.max(0, (value - axis.min) / (axis.max - axis.min)))
}

/** A value on its own, such as the newest one: whole numbers as they are, others to five digits or the unit. */
export function valueText(value: number): string {
  const magnitude = Math.abs(value)
  if (magnitude >= LARGEST_PLAIN || (magnitude > 0 && magnitude < SMALLEST_PLAIN)) {
    return exponentText(Number(value.toPrecision(5)).toExponential())
  }
  if (Number.isInteger(value)) return grouped(String(value))
  return grouped(String(magnitude < 1e5 ? Number(value.toPrecision(5)) : Math.round(value)))
}

/** The extent made so wide that it can be divided; `padding` goes on each side of a single value. */
export function widen({ min, max }: Extent, padding: number): Extent {
  const [begin, end] = [clamp(min), clamp(max)]
  const magnitude = Math.max(Math.abs(begin), Math.abs(end))
  if (end - begin > Math.max(SMALLEST, magnitude * SMALLEST_SHARE)) return { min: begin, max: end }
  const middle = begin / 2 + end / 2
  const around = magnitude < SMALLEST ? 1 : Math.max(padding, magnitude * SMALLEST_SHARE * 10)
  return { min: clamp(middle - around), max: clamp(middle + around) }
}

/** The next of 1, 2, 5, 10, … times a power of ten. */
function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw))
  const digit = [1, 2, 5].find(candidate => raw <= candidate * power * (1 + 1e-9)) ?? 10
  return digit * power
}

function ticksFrom(first: number, last: number, step: number): readonly Tick[] {
  const places = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(15)),
  )
  const largest = Math.max(0, ...places.map(Math.abs))
  return places.map(at => ({ at, label: tickText(at, step, largest) }))
}

/** All ticks of an axis have as many places as its step needs. */
function tickText(at: number, step: number, largest: number): string {
  const places = -Math.floor(Math.log10(step) + 1e-9)
  if (largest < LARGEST_PLAIN && largest >= SMALLEST_PLAIN) return grouped(at.toFixed(Math.max(0, places)))
  if (at === 0) return '0'
  const digits = Math.floor(Math.log10(Math.abs(at)) + 1e-9) + places
  return exponentText(at.toExponential(Math.min(15, Math.max(0, digits))))
}

function exponentText(text: string): string {
  return text.replace('e+', 'e')
}

function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, NO_BREAK_SPACE)
  return fraction === undefined ? spaced : `${spaced}.${fraction}`
}

function clamp(value: number): number {
  return Math.min(LARGEST, Math.max(-LARGEST, value))
}
