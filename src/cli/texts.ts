/** How numbers, times and tables look to people. */

const NUMBERS = new Intl.NumberFormat('en-US')
/** The farthest that a `Date` reaches from the epoch. */
const MAX_DATE_MS = 8.64e15
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** `1,234,567`. */
export function numberText(value: number): string {
  return NUMBERS.format(value)
}

/** `1 record`, `2 records`. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `2024-01-01T00:00:05.000Z`, as far as there are dates. */
export function timeText(epochMs: number): string {
  return Math.abs(epochMs) <= MAX_DATE_MS ? new Date(epochMs).toISOString() : String(epochMs)
}

/** `1.5 MB`. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[unit]}`
}

/** Columns under their names; numbers are right-aligned. */
export function tableLines(
  names: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const texts = rows.map(row => row.map(cell => (typeof cell === 'number' ? numberText(cell) : cell)))
  const widths = names.map((name, column) =>
    Math.max(name.length, ...texts.map(row => (row[column] ?? '').length)),
  )
  const isRight = names.map((_, column) => typeof rows[0]?.[column] === 'number')
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        isRight[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(names), ...texts.map(line)]
}
