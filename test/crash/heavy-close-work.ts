/** What is done on a pool with the elements of a window, at its close: expensive, and some of it goes wrong. */
import type { WindowResult } from 'sluice'

const BURN_MS = 100

/** One measurement. */
export interface Reading {
  readonly sensor: string
  readonly time: number
  readonly value: number
  /** What becomes of its window: `throws`, `rejects`, `dies`, `hangs`; else all is good. */
  readonly fate: string
}

/** What comes of one window. */
export interface Summary {
  readonly sensor: string
  readonly start: number
  readonly sum: number
}

/** Burns the CPU for a while, and then does what the fate of the readings says. */
export async function summarize({ key, window, value }: WindowResult<string, Reading[]>): Promise<Summary> {
  const until = performance.now() + BURN_MS
  while (performance.now() < until);
  const fate = value.find(reading => reading.fate !== 'good')?.fate ?? 'good'
  switch (fate) {
    case 'throws':
      throw new RangeError('this window is too much')
    case 'rejects':
      await Promise.reject(new TypeError('this window was refused'))
      break
    case 'dies':
      process.kill(process.pid, 'SIGKILL')
      break
    case 'hangs':
      for (;;);
    default:
  }
  return { sensor: key, start: window.start, sum: value.reduce((sum, reading) => sum + reading.value, 0) }
}
