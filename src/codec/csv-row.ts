/** Takes one row of comma-separated values apart, by RFC 4180. */
import { CodecError } from '../errors.ts'

/** A cell without its quotes; an empty one that was quoted is a text, and no missing value. */
export interface Cell {
  readonly text: string
  readonly quoted: boolean
}

const QUOTE = '"'
const LAST_LINE_BREAK = /\r?\n$/
const LINE_BREAK = /[\r\n]/

/**
 * The cells of the row in `text`, at least one; a line break behind the row is allowed. Throws
 * `DECODE_FAILED` for a second row, and for quotes that do not match.
 */
export function splitRow(text: string, delimiter: string): readonly Cell[] {
  const row = text.replace(LAST_LINE_BREAK, '')
  const cells: Cell[] = []
  for (let at = 0; ; at++) {
    const quoted = row[at] === QUOTE
    const end = quoted ? quotedEnd(row, at, cells.length + 1) : plainEnd(row, at, delimiter)
    cells.push({
      text: quoted
        ? row.slice(at + 1, end - 1).replaceAll('""', QUOTE)
        : plainText(row.slice(at, end), cells.length + 1),
      quoted,
    })
    if (end === row.length) return cells
    if (row[end] !== delimiter) {
      const found = JSON.stringify(row[end])
      throw refused(
        cells.length,
        `found ${found} behind its closing quote; expected ${JSON.stringify(delimiter)} or the end`,
      )
    }
    at = end
  }
}

function plainEnd(row: string, at: number, delimiter: string): number {
  const end = row.indexOf(delimiter, at)
  return end === -1 ? row.length : end
}

/** The position behind the closing quote. */
function quotedEnd(row: string, at: number, column: number): number {
  let quote = row.indexOf(QUOTE, at + 1)
  // two quotes stand for one
  while (quote !== -1 && row[quote + 1] === QUOTE) quote = row.indexOf(QUOTE, quote + 2)
  if (quote === -1) throw refused(column, 'its quote is never closed; expected a second one')
  return quote + 1
}

function plainText(text: string, column: number): string {
  if (text.includes(QUOTE))
    throw refused(column, 'found a quote inside; expected the whole cell in quotes, and "" for a quote in it')
  if (LINE_BREAK.test(text))
    throw refused(
      column,
      'found a line break; expected one row (quote the cell, or say lines(csv(…)) for several)',
    )
  return text
}

function refused(column: number, what: string): CodecError {
  return new CodecError('DECODE_FAILED', `column ${column}: ${what}`)
}
