/**
 * Rows as they come from a stream, sorted into one series for each name.
 *
 * Invariant: in a series, `at` never decreases, and all values are finite, or NaN for a gap.
 */
import { StepError } from '../../errors.ts'

const MAX_FOUND_LENGTH = 40

/** One row of a chart. */
export interface ChartRow {
  /** Where it stands on the horizontal axis: epoch milliseconds, or an index. Finite. */
  readonly at: number
  /**
   * What it shows: a number, or one for each name. `null`, or a number that is not finite, is a gap in
   * the line; a name that a row lacks has no point there, and its line goes on.
   */
  readonly value: number | null | Readonly<Record<string, number | null>>
}

/** A point of a line; a value of NaN is a gap. */
export interface SeriesPoint {
  readonly at: number
  readonly value: number
}

/** The points of one name; the empty name is that of plain numbers. */
export interface Series {
  readonly name: string
  readonly points: readonly SeriesPoint[]
}

/** The least and the largest of some numbers; 0 and 0 when there are none. */
export interface Extent {
  readonly min: number
  readonly max: number
}

/** One series for each name, in the order in which the names first came. Throws `StepError` for rows that are none. */
export function seriesOf(rows: Iterable<ChartRow>): readonly Series[] {
  const points = new Map<string, SeriesPoint[]>()
  const add = (name: string, point: SeriesPoint): void => {
    const known = points.get(name)
    if (known === undefined) points.set(name, [point])
    else known.push(point)
  }
  let number = 0
  for (const row of rows) {
    checkRow(row, number++)
    if (typeof row.value === 'number' || row.value === null) add('', pointOf(row.at, row.value))
    else for (const [name, value] of Object.entries(row.value)) add(name, pointOf(row.at, value))
  }
  return [...points].map(([name, unsorted]) => ({ name, points: inOrder(unsorted) }))
}

/** Where the points of all series begin and end. */
export function extentOf(series: readonly Series[]): Extent {
  return extent(series, point => point.at)
}

/** The least and largest values of all series, gaps left out. */
export function valuesOf(series: readonly Series[]): Extent {
  return extent(series, point => point.value)
}

/** The newest value that is no gap. */
export function latestOf(series: Series): number | undefined {
  return series.points.findLast(point => !Number.isNaN(point.value))?.value
}

/**
 * At most four points and two gaps for each of `columns` equally wide columns, so that the line looks
 * the same at that width: the first, least, largest and last of each.
 */
export function thinOut(series: Series, range: Extent, columns: number): Series {
  if (series.points.length <= 4 * columns) return series
  const width = (range.max - range.min) / columns
  const groups: SeriesPoint[][] = []
  let current = Number.NaN
  for (const point of series.points) {
    const column = width > 0 ? Math.floor((point.at - range.min) / width) : 0
    if (column === current) groups.at(-1)?.push(point)
    else groups.push([point])
    current = column
  }
  return { name: series.name, points: groups.flatMap(representatives) }
}

function representatives(group: readonly SeriesPoint[]): readonly SeriesPoint[] {
  let least: SeriesPoint | undefined
  let largest: SeriesPoint | undefined
  for (const point of group) {
    if (Number.isNaN(point.value)) continue
    if (least === undefined || point.value < least.value) least = point
    if (largest === undefined || point.value > largest.value) largest = point
  }
  const isValue = (point: SeriesPoint): boolean => !Number.isNaN(point.value)
  const kept = new Set([group[0], group.find(isValue), least, largest, group.findLast(isValue), group.at(-1)])
  return group.filter(point => kept.has(point))
}

function checkRow(row: ChartRow, number: number): void {
  const isRow = typeof row === 'object' && row !== null
  if (!isRow || !Number.isFinite(row.at)) {
    throw new StepError(
      'STEP_FAILED',
      `row ${number} of a chart is ${isRow ? `an object with ${nameOf(row.at)} as at` : nameOf(row)}; expected { at, value } with a finite number as at`,
    )
  }
  const values =
    typeof row.value === 'object' && row.value !== null ? Object.entries(row.value) : [['value', row.value]]
  for (const [name, value] of values) {
    if (typeof value === 'number' || value === null) continue
    throw new StepError(
      'STEP_FAILED',
      `row ${number} of a chart has ${nameOf(value)} as ${String(name)}; expected a number (null for a gap), or one for each name such as { temperature: 20.1 }: map to one before`,
    )
  }
}

/** What was found instead, short whatever it is. */
function nameOf(found: unknown): string {
  if (typeof found === 'string') return JSON.stringify(found.slice(0, MAX_FOUND_LENGTH))
  return typeof found === 'object' && found !== null ? 'an object' : String(found)
}

function pointOf(at: number, value: number | null): SeriesPoint {
  return { at, value: value !== null && Number.isFinite(value) ? value : Number.NaN }
}

function inOrder(points: readonly SeriesPoint[]): readonly SeriesPoint[] {
  const isSorted = points.every((point, index) => index === 0 || (points[index - 1]?.at ?? 0) <= point.at)
  return isSorted ? points : points.toSorted((a, b) => a.at - b.at)
}

function extent(series: readonly Series[], of: (point: SeriesPoint) => number): Extent {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { points } of series) {
    for (const point of points) {
      const value = of(point)
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return min <= max ? { min, max } : { min: 0, max: 0 }
}
