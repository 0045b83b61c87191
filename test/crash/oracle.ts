/** What the program must have written, computed from its input with plain code and exact arithmetic. */

import { exactSum } from '../properties/exact.ts'

/** A reading, in the order of its partition. */
export interface Reading {
  readonly sensor: string
  readonly time: number
  readonly value: number
}

/** The content of the output topics, each as sorted lines. */
export interface Expected {
  readonly sums: readonly string[]
  readonly means: readonly string[]
  readonly regions: readonly string[]
  readonly late: readonly string[]
}

const BOUND_MS = 2000

/** The results of the program over these partitions, drained. */
export function expected(partitions: readonly (readonly Reading[])[]): Expected {
  const sums = new Groups()
  const means = new Groups()
  const late: string[] = []
  for (const partition of partitions) {
    let newest = Number.NEGATIVE_INFINITY
    for (const reading of partition) {
      const entryWatermark = newest - BOUND_MS - 1
      if (!sums.add(5000, reading.sensor, reading.time, reading.value, entryWatermark))
        late.push(JSON.stringify(reading))
      means.add(10_000, reading.sensor, reading.time, reading.value, entryWatermark)
      newest = Math.max(newest, reading.time)
    }
  }
  const regions = new Groups()
  const sumRows = sums.rows(values => exactSum(values))
  for (const { key, start, value } of sumRows) {
    regions.add(20_000, key.slice(0, 1), start + 4999, value, Number.NEGATIVE_INFINITY)
  }
  return {
    sums: lines(sumRows),
    means: lines(means.rows(values => exactSum(values) / values.length)),
    regions: lines(regions.rows(values => exactSum(values))),
    late: late.sort(),
  }
}

interface Row {
  readonly key: string
  readonly start: number
  readonly value: number
}

class Groups {
  readonly #values = new Map<string, { key: string; start: number; values: number[] }>()

  /** Adds a value to its window, unless that had been passed. */
  add(sizeMs: number, key: string, time: number, value: number, entryWatermark: number): boolean {
    const start = Math.floor(time / sizeMs) * sizeMs
    if (start + sizeMs - 1 <= entryWatermark) return false
    const id = `${key} ${start}`
    const group = this.#values.get(id) ?? { key, start, values: [] }
    group.values.push(value)
    this.#values.set(id, group)
    return true
  }

  rows(fold: (values: readonly number[]) => number): readonly Row[] {
    return [...this.#values.values()].map(({ key, start, values }) => ({ key, start, value: fold(values) }))
  }
}

function lines(rows: readonly Row[]): readonly string[] {
  return rows.map(({ key, start, value }) => JSON.stringify({ key, start, value })).sort()
}
