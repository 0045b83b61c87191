/** What a window is, and what comes out of one. */
import type { Key, KeyPart } from '../../codec/index.ts'

/** The side output for late elements. */
export const LATE = 'late'

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
