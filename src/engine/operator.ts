/**
 * The compiled form of a step: one small object in a push pipeline.
 *
 * `push` and `advance` return nothing and never throw: what goes wrong further down is kept by the
 * task and raised when the root call has returned, so that a user's function can neither swallow it
 * nor be blamed for it.
 */
import type { Context } from '../graph/index.ts'

/** One step of a pipeline. */
export interface Operator {
  /** One element, with the context that describes it. */
  push(value: unknown, context: Context): void
  /** The watermark above, and whether everything above is idle. +∞ at the end of a drained input. */
  advance(watermark: number, idle: boolean): void
}

/** Where a stream ends that nobody reads. */
export const NOWHERE: Operator = {
  push: () => {},
  advance: () => {},
}

/** Hands everything to several readers, in the order of construction. */
export class Fanout implements Operator {
  readonly #readers: readonly Operator[]

  constructor(readers: readonly Operator[]) {
    this.#readers = readers
  }

  push(value: unknown, context: Context): void {
    for (const reader of this.#readers) reader.push(value, context)
  }

  advance(watermark: number, idle: boolean): void {
    for (const reader of this.#readers) reader.advance(watermark, idle)
  }
}

/** One operator for any number of readers. */
export function fanout(readers: readonly Operator[]): Operator {
  const [only] = readers
  if (only === undefined) return NOWHERE
  return readers.length === 1 ? only : new Fanout(readers)
}
