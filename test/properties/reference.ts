/**
 * What a windowed sum must give, computed in the plainest way and without any code of the engine.
 *
 * Each source partition counts its own watermark: the largest time so far − bound − 1. A record is
 * judged by the watermark before it: it is late for a window that ends at or before that.
 */
import { exactSum } from './exact.ts'

/** An element that a record became. */
export interface ReferenceElement {
  readonly id: number
  readonly key: string
  readonly value: number
}

/** A record that reached the event-time step, and what became of it between there and the window. */
export interface ReferenceRecord {
  readonly time: number
  readonly elements: readonly ReferenceElement[]
}

/** One source partition: its records in order, and how far they may be out of order. */
export interface ReferencePartition {
  readonly boundMs: number
  readonly records: readonly ReferenceRecord[]
}

/** One window of one key. */
export interface ReferenceResult {
  readonly key: string
  readonly start: number
  readonly value: number
}

/** Everything that must come out once the input has ended. */
export interface Reference {
  readonly results: readonly ReferenceResult[]
  readonly late: readonly number[]
}

/** The results of tumbling windows, and the ids of the late elements. */
export function windowedSums(partitions: readonly ReferencePartition[], sizeMs: number): Reference {
  const windows = new Map<string, { key: string; start: number; values: number[] }>()
  const late: number[] = []
  for (const { boundMs, records } of partitions) {
    let maxTime = Number.NEGATIVE_INFINITY
    for (const { time, elements } of records) {
      const entryWatermark = maxTime - boundMs - 1
      const start = Math.floor(time / sizeMs) * sizeMs
      for (const { id, key, value } of elements) {
        if (start + sizeMs - 1 <= entryWatermark) late.push(id)
        else {
          const name = JSON.stringify([key, start])
          const window = windows.get(name) ?? { key, start, values: [] }
          window.values.push(value)
          windows.set(name, window)
        }
      }
      maxTime = Math.max(maxTime, time)
    }
  }
  const results = [...windows.values()].map(({ key, start, values }) => ({
    key,
    start,
    value: exactSum(values),
  }))
  return { results, late }
}

/** A second window over the results of a first one: nothing is late there. */
export function sumsOfSums(
  results: readonly ReferenceResult[],
  firstSizeMs: number,
  sizeMs: number,
  keyOf: (key: string) => string,
): readonly ReferenceResult[] {
  const records = results.map(({ key, start, value }) => ({
    time: start + firstSizeMs - 1,
    elements: [{ id: 0, key: keyOf(key), value }],
  }))
  return windowedSums([{ boundMs: Number.POSITIVE_INFINITY, records }], sizeMs).results
}
