/** What a window is, and what comes out of one. */
import type { Key, KeyPart } from '../../codec/index.ts'
import type { Context, KernelHost } from '../../graph/index.ts'

/** The side output for late elements. */
export const LATE = 'late'
/** Those for late elements of a step with two inputs, by the number of the input. */
export const LATE_OF_SIDE = ['lateLeft', 'lateRight'] as const

/** A stretch of event time, half-open: `start` ≤ time < `end`, epoch milliseconds. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** A result of a window: who, when, what. */
export interface WindowResult<K, V> {
  readonly key: K
  readonly window: Window
  readonly value: V
}

/** The key of a window's row in a table: that of its elements, its start and its end. */
export type WindowKey<K> = K extends readonly KeyPart[]
  ? readonly [...K, start: number, end: number]
  : readonly [key: K, start: number, end: number]

/** The key of a window's row in a table. */
export function windowKey(key: Key, { start, end }: Window): Key {
  return typeof key === 'object' ? [...key, start, end] : [key, start, end]
}

/** Gives out an element that came too late, as it came. */
export function giveLate(host: KernelHost, value: unknown, context: Context): void {
  host.emitTo(host.inputs < 2 ? LATE : (LATE_OF_SIDE[context.side] ?? LATE), value, context)
}
