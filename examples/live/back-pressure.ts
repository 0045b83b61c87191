/**
 * Writing to a database that is slower than the feed. `emit` gives a promise for as long as a write is
 * under way; who awaits it takes nothing from the feed meanwhile, so nothing piles up.
 *
 *     node examples/live/back-pressure.ts
 */
import { setTimeout } from 'node:timers/promises'
import { Stream } from 'sluice'

/** What the feed brings. */
export interface Measurement {
  readonly sensor: string
  readonly celsius: number
}

/** What is written. */
export interface Row {
  readonly sensor: string
  readonly kelvin: number
}

/** Writes a feed, which may be endless, one row after the other. */
export async function store(
  feed: AsyncIterable<Measurement>,
  write: (row: Row) => Promise<void>,
): Promise<void> {
  const measurements = new Stream<Measurement>()
  measurements.map(({ sensor, celsius }) => ({ sensor, kelvin: celsius + 273.15 })).sink(write)
  for await (const measurement of feed) await measurements.emit(measurement)
}

if (import.meta.main) {
  async function* measure(): AsyncGenerator<Measurement> {
    for (let celsius = 20; celsius < 25; celsius++) yield { sensor: 'attic', celsius }
  }
  await store(measure(), async row => {
    await setTimeout(20)
    console.log(row)
  })
}
