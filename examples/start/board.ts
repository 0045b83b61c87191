/** What the demo shows: kept from the events of the running apps, drawn elsewhere. */
import { App, json, type Progress, type SluiceEvent } from 'sluice'

/** Windows older than the newest so many are forgotten. */
export const KEPT_WINDOWS = 8
/** So many reports of progress make the rate; there are two a second. */
const RATE_OVER = 8

interface Sum {
  readonly sensor: string
  readonly start: number
  readonly sum: number
}

/** Collects sums, counts and the last dead letter. */
export class Board {
  /** Window start → sensor → sum; the newest few windows. */
  readonly windows = new Map<number, Map<string, number>>()
  lastDeadLetter: string | undefined
  /** The newest few, for the rate. */
  #history: readonly Progress[] = []

  /** Takes the events of the app `sensor-sums`. */
  listen(event: SluiceEvent): void {
    if (event.type === 'error' && event.action === 'deadLettered') this.lastDeadLetter = event.message
    if (event.type === 'progress') this.#history = [...this.#history.slice(1 - RATE_OVER), event]
  }

  /** Where things stand. */
  get progress(): Progress | undefined {
    return this.#history.at(-1)
  }

  /** Takes one sum. */
  add({ sensor, start, sum }: Sum): void {
    const sums = this.windows.get(start) ?? new Map<string, number>()
    sums.set(sensor, sum)
    this.windows.set(start, sums)
    const kept = this.starts
    for (const old of kept.slice(0, -KEPT_WINDOWS)) this.windows.delete(old)
  }

  /** The starts of the windows, the oldest first. */
  get starts(): readonly number[] {
    return [...this.windows.keys()].sort((one, other) => one - other)
  }

  /** Readings processed per second, lately. */
  get rate(): number {
    const [now, then] = [this.#history.at(-1), this.#history[0]]
    if (now === undefined || then === undefined || now.time === then.time) return 0
    return ((now.records - then.records) * 1000) / (now.time - then.time)
  }

  /** Readings in the topic that were not processed yet. */
  get lag(): number {
    return this.progress?.inputs.reduce((sum, input) => sum + input.lag, 0) ?? 0
  }
}

/** An app of its own that reads the sums as anybody may, and shows them to the board. */
export function boardApp(board: Board): App {
  const app = new App('sensor-sums-board')
  const value = json({ sensor: 'string', start: 'number', sum: 'number' })
  app.stream(app.topic('sums', { value, partitions: 4, from: 'latest' })).peek(sum => board.add(sum))
  return app
}
