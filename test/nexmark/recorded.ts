/** The recorded events and answers, and how an answer is compared with another. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { generate, type Line, type Plan } from '../../examples/nexmark/generate.ts'
import type { Row } from './batch.ts'

/** What Flink and DuckDB said of a query. */
export interface Recorded {
  readonly columns: readonly string[]
  readonly rows: number
  /** Of all rows as sorted lines; absent where there are doubles. */
  readonly sha256?: string
  /** Which columns hold doubles. */
  readonly doubleColumns?: readonly number[]
  /** Some of the rows, or all. */
  readonly some: readonly Row[]
}

/** Sums in another order differ in the last bits. */
const TOLERANCE = 1e-9

/** The file of recorded events. */
export const EVENTS_FILE: string = dataFile('events.jsonl.gz')

/** The recorded events. */
export function recordedEvents(): readonly Line[] {
  return linesOf(EVENTS_FILE) as readonly Line[]
}

/** The plan by which they were made. */
export function recordedPlan(): Plan {
  return JSON.parse(readFileSync(dataFile('plan.json'), 'utf8')) as Plan
}

/** The recorded answers by query. */
export function recordedAnswers(): ReadonlyMap<string, Recorded> {
  const answers = JSON.parse(readFileSync(dataFile('expected.json'), 'utf8')) as Record<string, Recorded>
  const rows = Map.groupBy(
    linesOf(dataFile('expected-rows.jsonl.gz')) as readonly (readonly [string, Row])[],
    ([name]) => name,
  )
  return new Map(
    Object.entries(answers).map(([name, answer]) => {
      const some = (rows.get(name) ?? []).map(([, row]) => row)
      return [name, { ...answer, some }]
    }),
  )
}

/** Events of another seed in a few stretches of time: over midnight, and with silence between. */
export function someEvents(seed: number, events: number): readonly Line[] {
  const half = Math.ceil(events / 2)
  return [
    ...generate({
      seed,
      events,
      perSecond: 100,
      boundMs: 4000,
      segments: [
        [`2025-06-15T23:59:50Z`, half],
        [`2025-06-16T07:59:55Z`, events - half],
      ],
    }),
  ]
}

/** Throws unless the rows are those that were recorded. */
export function assertRecorded(rows: readonly Row[], recorded: Recorded): void {
  assert.equal(rows.length, recorded.rows)
  const { sha256, doubleColumns = [] } = recorded
  if (sha256 === undefined) return assertSame(rows, recorded.some, doubleColumns)
  const lines = rows.map(row => JSON.stringify(row)).sort()
  const found = createHash('sha256').update(lines.join('\n')).digest('hex')
  if (found === sha256) return
  // The hash says no more than that: one of the rows that are there says what.
  const known = new Set(lines)
  const missing = recorded.some.map(row => JSON.stringify(row)).filter(line => !known.has(line))
  assert.deepEqual(missing.slice(0, 5), [], 'rows that are missing')
  assert.equal(found, sha256)
}

/** Throws unless two answers have the same rows, whatever their order; doubles may differ in the last bits. */
export function assertSame(
  rows: readonly Row[],
  expected: readonly Row[],
  doubleColumns: readonly number[] = [],
): void {
  const [found, wanted] = [rows, expected].map(all => inOrder(all, doubleColumns))
  assert.deepEqual(
    found?.map(row => row.without),
    wanted?.map(row => row.without),
  )
  for (const [at, row] of (found ?? []).entries()) {
    for (const [column, double] of row.doubles.entries()) {
      const other = wanted?.[at]?.doubles[column] ?? Number.NaN
      assert.ok(Math.abs(double - other) <= TOLERANCE * Math.abs(other), `${double} is not ${other}`)
    }
  }
}

interface Split {
  readonly without: string
  readonly doubles: readonly number[]
}

function inOrder(rows: readonly Row[], doubleColumns: readonly number[]): readonly Split[] {
  return rows
    .map(row => ({
      without: JSON.stringify(row.map((cell, at) => (doubleColumns.includes(at) ? null : cell))),
      doubles: doubleColumns.map(at => Number(row[at])),
    }))
    .sort((a, b) => (a.without < b.without ? -1 : Number(a.without > b.without)))
}

function dataFile(name: string): string {
  return fileURLToPath(new URL(`./data/${name}`, import.meta.url))
}

function linesOf(file: string): readonly unknown[] {
  const lines = gunzipSync(readFileSync(file)).toString().split('\n')
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as unknown)
}
