/** A line of eight heights, for a log or a prompt. */
import { GraphError } from '../../errors.ts'

const BLOCKS = '▁▂▃▄▅▆▇█'
const MIDDLE = '▄'
const GAP = ' '
const DEFAULT_WIDTH = 40
const MAX_WIDTH = 10_000

/**
 * Draws numbers as a line of blocks, the least as `▁`, the largest as `█`, one that is not finite as a
 * gap. More numbers than `width` (40 by default) share their places: each shows the one that is
 * farthest from the mean of all, so that a peak is never lost.
 *
 * ```ts
 * sparkline([1, 2, 4, 8, 4, 2, 1]) // ▁▂▄█▄▂▁
 * ```
 */
export function sparkline(values: Iterable<number>, width: number = DEFAULT_WIDTH): string {
  if (!Number.isInteger(width) || width < 1 || width > MAX_WIDTH) {
    throw new GraphError(
      'OPTION_INVALID',
      `sparkline: width is ${String(width)}; expected a whole number of characters from 1 to ${MAX_WIDTH}`,
    )
  }
  const all = [...values]
  const finite = all.filter(Number.isFinite)
  const least = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const largest = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  // divided first: the sum, or the difference of the ends, might be no number any more
  const mean = finite.reduce((sum, value) => sum + value / finite.length, 0)
  const half = largest / 2 - least / 2
  return representatives(all, mean, width)
    .map(value => {
      if (value === undefined) return GAP
      if (!(half > 0)) return MIDDLE
      const share = (value / 2 - least / 2) / half
      return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))]
    })
    .join('')
}

function representatives(
  values: readonly number[],
  mean: number,
  width: number,
): readonly (number | undefined)[] {
  const places = Math.min(width, values.length)
  return Array.from({ length: places }, (_, place) => {
    const begin = Math.floor((place * values.length) / places)
    const end = Math.floor(((place + 1) * values.length) / places)
    let found: number | undefined
    for (const value of values.slice(begin, end)) {
      if (!Number.isFinite(value)) continue
      if (found === undefined || Math.abs(value / 2 - mean / 2) > Math.abs(found / 2 - mean / 2))
        found = value
    }
    return found
  })
}
