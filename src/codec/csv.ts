/**
 * The codec of rows of comma-separated values, as RFC 4180 writes them: one record is one row.
 *
 * Invariant: what is written is read back equal (a zero without its sign, as in JSON), since a cell is
 * quoted wherever it could be misread, and an empty text differs from a missing one by its quotes.
 */
import { CodecError, describeValue, GraphError } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Codec } from './codec.ts'
import { type Cell, splitRow } from './csv-row.ts'
import { fieldOf, isScalar, setField } from './json-check.ts'
import type { JsonOf, JsonScalar } from './json-schema.ts'
import { decodeUtf8 } from './utf8.ts'

type CsvKind = Exclude<JsonScalar, 'unknown'>

/** What a column holds; a trailing `?` lets its cell be empty, which is a field that is missing. */
export type CsvColumnKind = CsvKind | `${CsvKind}?`

/** The columns of a row in their order: the name of each with what it holds. */
export interface CsvColumns {
  readonly [column: string]: CsvColumnKind
}

/** Options of `csv`. */
export interface CsvOptions {
  /** The one character between cells; `','` by default, often `';'` or `'\t'`. */
  readonly delimiter?: string
}

interface Column {
  readonly name: string
  readonly kind: CsvKind
  readonly optional: boolean
}

const KINDS: readonly string[] = ['string', 'number', 'integer', 'boolean'] satisfies CsvKind[]
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * One row of comma-separated values per record, its cells in the order of `columns`, without a
 * header. Cells may be quoted (`"a ""b"", c"`), also over several lines; one line break at the end
 * of the record is allowed and not written.
 *
 * Kinds: `string`, `number` (finite, decimal), `integer` (safe), `boolean` (`true` or `false`); a
 * trailing `?` lets the cell be empty. A string column without it reads an empty cell as `''`; with
 * it, `''` is written as `""`. White space counts. Errors name the column and what was found.
 *
 * ```ts
 * const readings = csv({ sensor: 'string', time: 'integer', value: 'number', unit: 'string?' })
 * // Codec<{ sensor: string; time: number; value: number; unit?: string }>
 * ```
 */
export function csv<const C extends CsvColumns>(columns: C, options: CsvOptions = {}): Codec<JsonOf<C>> {
  const delimiter = checkDelimiter(options)
  const parsed = parseColumns(columns)
  const codec: Codec<unknown> = {
    name: 'csv',
    fingerprint: `csv:1:${JSON.stringify([delimiter, ...parsed.map(column => [column.name, columns[column.name]])])}`,
    decode: (bytes, start, end) => decodeRow(parsed, delimiter, bytes, start, end),
    encode: (value, into) => encodeRow(parsed, delimiter, value, into),
  }
  return codec as Codec<JsonOf<C>>
}

function checkDelimiter(options: CsvOptions): string {
  const { delimiter = ',' } = options
  if (typeof delimiter === 'string' && /^[^"\r\n\ud800-\udfff]$/.test(delimiter)) return delimiter
  throw new GraphError(
    'OPTION_INVALID',
    `csv: delimiter is ${describeValue(delimiter)}; expected one character, such as ";", that is no quote and no line break`,
  )
}

function parseColumns(columns: CsvColumns): readonly Column[] {
  const parsed = Object.entries(columns).map(([name, written]) => {
    const optional = typeof written === 'string' && written.endsWith('?')
    const kind = optional ? written.slice(0, -1) : written
    if (KINDS.includes(kind)) return { name, kind: kind as CsvKind, optional }
    throw new GraphError(
      'OPTION_INVALID',
      `csv: column "${name}" is ${describeValue(written)}; expected one of ${KINDS.map(known => `"${known}"`).join(', ')}, with "?" if its cell may be empty`,
    )
  })
  if (parsed.length > 0) return parsed
  throw new GraphError('OPTION_INVALID', 'csv: there are no columns; name them: csv({ sensor: "string" })')
}

function decodeRow(
  columns: readonly Column[],
  delimiter: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): object {
  const text = decodeUtf8(bytes, start, end)
  if (text === undefined)
    throw new CodecError('DECODE_FAILED', 'found bytes that are not UTF-8; expected text')
  const cells = splitRow(text, delimiter)
  if (cells.length !== columns.length) {
    const names = columns.map(column => column.name).join(', ')
    throw new CodecError(
      'DECODE_FAILED',
      `found ${cells.length} columns; expected ${columns.length}: ${names}`,
    )
  }
  const row = {}
  for (let at = 0; at < columns.length; at++) {
    const column = columns[at] as Column
    const cell = cells[at] as Cell
    if (cell.text === '' && !cell.quoted && column.optional) continue
    setField(row, column.name, cellValue(cell.text, column))
  }
  return row
}

function cellValue(text: string, { name, kind }: Column): string | number | boolean {
  if (kind === 'string') return text
  if (kind === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true'
  } else if (NUMBER.test(text)) {
    const value = Number(text)
    if (kind === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value)) return value
  }
  const found = text === '' ? 'empty' : describeValue(text)
  throw new CodecError('DECODE_FAILED', `column "${name}" is ${found}; expected ${expectation(kind)}`)
}

function encodeRow(columns: readonly Column[], delimiter: string, value: unknown, into: ByteWriter): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CodecError('ENCODE_FAILED', `found ${describeValue(value)}; expected an object`)
  const text = columns.map(column => cellText(value, column, delimiter)).join(delimiter)
  if (!text.isWellFormed())
    throw new CodecError('ENCODE_FAILED', 'found a lone surrogate, which UTF-8 cannot hold')
  into.writeUtf8(text)
}

function cellText(row: object, { name, kind, optional }: Column, delimiter: string): string {
  const value = fieldOf(row, name)
  if (value === undefined && optional) return ''
  if (!isScalar(value, { kind: 'scalar', scalar: kind, nullable: false })) {
    const found = value === undefined ? 'missing' : describeValue(value)
    throw new CodecError('ENCODE_FAILED', `column "${name}" is ${found}; expected ${expectation(kind)}`)
  }
  const text = String(value)
  const needsQuotes = text === '' ? optional : /["\r\n]/.test(text) || text.includes(delimiter)
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text
}

function expectation(kind: CsvKind): string {
  if (kind === 'boolean') return 'true or false'
  return kind === 'number' ? 'finite number' : kind
}
