/**
 * Plays a recorded SQL query: its operation as a program, all rows of its tables, and then the end of the
 * input. What is compared is what there is in the end; rows have no order.
 */
import {
  type AnyFold,
  App,
  type Change,
  count,
  cumulate,
  distinct,
  hopping,
  type JoinHow,
  json,
  type Key,
  type KeyedStream,
  last,
  max,
  mean,
  min,
  type Stream,
  session,
  sliding,
  sum,
  tumbling,
  type Window,
  type Windows,
} from '../../../src/index.ts'
import { TestDriver } from '../../../src/testing/index.ts'
import { byText, columnsOf, expressionOf, foldNames, haves, type Row } from './expressions.ts'

/** Rows in arrival order. */
interface RecordedTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** A case as it was recorded. */
export interface SqlCase {
  readonly id: string
  readonly kind: string
  readonly operation: Operation
  readonly boundMs: number
  readonly columns: readonly string[]
  readonly tables: { readonly l: RecordedTable; readonly r?: RecordedTable }
  readonly rows: readonly (readonly unknown[])[]
}

interface WindowSpec {
  readonly type: string
  readonly sizeMs?: number
  readonly slideMs?: number
  readonly stepMs?: number
  readonly gapMs?: number
}

/** What is computed; each kind has some of these. */
interface Operation {
  readonly window?: WindowSpec
  readonly groupBy?: readonly string[]
  readonly aggregate?: readonly string[]
  readonly partitionBy?: readonly string[]
  readonly orderBy?: string | readonly string[]
  readonly n?: number
  readonly keep?: string
  readonly range?: string
  readonly rows?: string
  readonly having?: string
  readonly how?: JoinHow
  readonly on?: string
  readonly condition?: string
  readonly left?: string
  readonly right?: string
  readonly first?: WindowSpec & { readonly groupBy: readonly string[]; readonly aggregate: string }
  readonly then?: string | (WindowSpec & { readonly aggregate: readonly string[] })
}

type Result = readonly unknown[]

interface Inputs {
  readonly operation: Operation
  readonly l: Stream<Row>
  readonly r: Stream<Row>
}

/** How what Sluice gives differs from what was recorded; empty: it does not. */
export async function sqlDifferences(recorded: SqlCase): Promise<readonly string[]> {
  const { operation, boundMs, tables } = recorded
  const app = new App('case')
  const topics = {
    l: app.topic('l', { value: json<Row>(), partitions: 1 }),
    r: app.topic('r', { value: json<Row>(), partitions: 1 }),
  }
  const [l, r] = [topics.l, topics.r].map(topic =>
    app.stream(topic).eventTime(row => Number(row['t']), { outOfOrder: boundMs, maxAhead: false }),
  )
  const build = KINDS[recorded.kind]
  if (build === undefined || l === undefined || r === undefined) {
    return [`there is no player for the kind ${recorded.kind}: ${Object.keys(KINDS).join(', ')}`]
  }
  const changes = build({ operation, l, r }).toArray()
  const driver = new TestDriver(app)
  await driver.feed(topics.l, rowsOf(tables.l))
  if (tables.r !== undefined) await driver.feed(topics.r, rowsOf(tables.r))
  await driver.drain()
  return differences(recorded.rows.map(textOf), leftOf(changes))
}

/** Each kind of operation as a stream of result rows that come and go. */
const KINDS: Readonly<Record<string, (inputs: Inputs) => Stream<Change<Result>>>> = {
  tumble: inWindows,
  hop: inWindows,
  cumulate: inWindows,
  session: inWindows,
  windowTopN: ({ operation, l }) =>
    comes(
      groups(l, operation.partitionBy)
        .window(windowsOf(operation.window))
        .collect()
        .flatMap(({ window, value }) =>
          value
            .toSorted(byText(operation.orderBy))
            .slice(0, operation.n)
            .map((row, at) => [
              ...columnsOf(operation.partitionBy, row),
              ...borders(window),
              row['id'],
              row['v'],
              at + 1,
            ]),
        ),
    ),
  windowDedup: ({ operation, l }) => {
    const windows = groups(l, operation.partitionBy).window(windowsOf(operation.window))
    const kept = operation.keep === 'first' ? windows.first() : windows.last()
    return comes(
      kept.map(({ window, value: row }) => [
        ...columnsOf(operation.partitionBy, row),
        ...borders(window),
        row['id'],
        row['v'],
      ]),
    )
  },
  windowChain: ({ operation, l }) => {
    const { first, then } = operation
    if (first === undefined || typeof then !== 'object') throw new Error('expected two windows')
    const results = groups(l, first.groupBy)
      .window(windowsOf(first))
      .aggregate({ value: foldOf(first.aggregate) })
      .map(({ value }): Row => ({ sums: value.value as number }))
    return comes(
      groups(results, [])
        .window(windowsOf(then))
        .aggregate(foldsOf(then.aggregate))
        .map(({ window, value }) => [...borders(window), ...inOrder(then.aggregate, value)]),
    )
  },
  over,
  topN: ({ operation, l }) => {
    const { n = 0 } = operation
    const order = byText(operation.orderBy)
    return groups(l, operation.partitionBy)
      .running({ retract: true })
      .aggregate({
        init: (): Row[] => [],
        add: (best, row) => [...best, row].sort(order).slice(0, n),
      })
      .flatMap(({ value }) =>
        value.map((row, at) => [...columnsOf(operation.partitionBy, row), row['id'], row['v'], at + 1]),
      )
      .toChangelog()
  },
  groupBy: ({ operation, l }) => {
    const { aggregate = [], having } = operation
    return groups(l, operation.groupBy)
      .running({ retract: true })
      .aggregate(foldsOf(aggregate))
      .filter(({ value }) => having === undefined || haves(having, value))
      .map(({ key, value }) => [...keyParts(key), ...inOrder(aggregate, value)])
      .toChangelog()
  },
  intervalJoin: ({ operation, l, r }) => {
    const bounds = /^l\.t - (-?\d+) <= r\.t <= l\.t \+ (-?\d+)$/.exec(operation.condition ?? '')
    if (bounds === null) throw new Error(`cannot read the condition ${operation.condition}`)
    const [before, after] = [Number(bounds[1]), Number(bounds[2])]
    const { how = 'inner' } = operation
    const joined = keyed(l, operation.on).join(keyed(r, operation.on), { within: { before, after }, how })
    return comes(joined.map(idsOf))
  },
  windowJoin,
  asOfJoin: ({ operation, l, r }) => {
    const how = operation.how === 'left' ? 'left' : 'inner'
    const joined = keyed(l, operation.on).join(keyed(r, operation.on), { asOf: true, how })
    return comes(joined.map(({ left, right }) => [left['id'], right?.['id'] ?? null, right?.['v'] ?? null]))
  },
  regularJoin: ({ operation, l, r }) => {
    const [left, right] = [keyed(l, operation.on), keyed(r, operation.on)]
    const { how = 'inner' } = operation
    // Those that have a partner stay: their rows are no changes.
    if (how === 'inner') return comes(left.join(right, { unbounded: true }).map(idsOf))
    if (how === 'semi') return comes(left.join(right, { unbounded: true, how }).map(idsOf))
    return left.join(right, { unbounded: true, how }).map(idsOf).toChangelog()
  },
  tableJoin,
}

function inWindows({ operation, l }: Inputs): Stream<Change<Result>> {
  const { aggregate = [] } = operation
  return comes(
    groups(l, operation.groupBy)
      .window(windowsOf(operation.window))
      .aggregate(foldsOf(aggregate))
      .map(({ key, window, value }) => [...keyParts(key), ...borders(window), ...inOrder(aggregate, value)]),
  )
}

/** A row for each element: an aggregation of it and those before it, so far back or so many. */
function over({ operation, l }: Inputs): Stream<Change<Result>> {
  const { aggregate = [], range, rows } = operation
  const partitions = groups(l, operation.partitionBy)
  const seconds = /^(\d+(?:\.\d+)?) s preceding/.exec(range ?? '')
  const preceding = /^(\d+) preceding/.exec(rows ?? '')
  if (seconds !== null) {
    return comes(
      partitions
        .window(sliding({ before: Number(seconds[1]) * 1000 }))
        .aggregate({ ...foldsOf(aggregate), newest: last() })
        .map(({ value }) => [value['newest']['id'], ...inOrder(aggregate, value)]),
    )
  }
  if (preceding === null) throw new Error(`cannot read ${range ?? rows}`)
  const size = Number(preceding[1]) + 1
  return comes(
    partitions
      .window(sliding({ before: '3650d' }))
      .collect()
      .map(({ value }) => {
        const inside = value.slice(-size)
        return [inside.at(-1)?.['id'], ...aggregate.map(name => resultOf(foldOf(name), inside))]
      }),
  )
}

function windowJoin({ operation, l, r }: Inputs): Stream<Change<Result>> {
  const { how = 'inner', window } = operation
  const [left, right] = [keyed(l, operation.on), keyed(r, operation.on)]
  const windows = windowsOf(window)
  if (how === 'semi' || how === 'anti') {
    // They are the elements themselves: of their windows there is the time.
    const elements = left.join(right, { window: windows, how }).withMeta()
    return comes(elements.map(({ value, time }) => [value['id'], startOf(window, time), time + 1]))
  }
  const joined = left.join(right, { window: windows, how })
  return comes(joined.map(row => [...idsOf(row), ...borders(row.window)]))
}

function tableJoin({ operation, l, r }: Inputs): Stream<Change<Result>> {
  const { how = 'inner', on = '', then } = operation
  // The newest row per id is each row.
  const left = tableOf(l, operation.left ?? 'table of the newest row per id')
  const right = tableOf(r, operation.right ?? '')
  const joined = left
    .keyBy(row => keyOf(on, row))
    .join(
      right.keyBy(row => keyOf(on, row)),
      { how },
    )
  const group = /^group by (\w+): (.+)$/.exec(typeof then === 'string' ? then : '')
  if (group === null) {
    const rows = joined.map(row => {
      const [leftId, rightId] = idsOf(row)
      return [leftRow(row)?.['k'] ?? null, leftId, rightId]
    })
    return rows.toChangelog()
  }
  const aggregate = (group[2] ?? '').split(', ')
  return joined
    .map(row => leftRow(row) ?? {})
    .keyBy(row => keyOf(group[1] ?? '', row))
    .running()
    .aggregate(foldsOf(aggregate))
    .map(({ key, value }) => [...keyParts(key), ...inOrder(aggregate, value)])
    .toChangelog()
}

/** A table that an operation names: `table of the newest row per k`, `… per (v mod 5, sign of v kept)`. */
function tableOf(rows: Stream<Row>, text: string) {
  const per = /newest row per \(?([\w ]+)/.exec(text)?.[1]
  if (per === undefined) throw new Error(`cannot read the table ${text}`)
  return rows.keyBy(row => keyOf(per, row)).toTable()
}

/** Rows, or the left elements themselves. */
type AnyRow = Row | { readonly left?: Row | undefined; readonly right?: Row | undefined }

function idsOf(row: AnyRow): Result {
  if (isElement(row)) return [row['id']]
  return [row.left?.['id'] ?? null, row.right?.['id'] ?? null]
}

function leftRow(row: AnyRow): Row | undefined {
  return isElement(row) ? row : row.left
}

function isElement(row: AnyRow): row is Row {
  return 'id' in row
}

function groups(rows: Stream<Row>, by: readonly string[] = []): KeyedStream<readonly Scalar[], Row> {
  return rows.keyBy(row => columnsOf(by, row))
}

type Scalar = string | number

function keyParts(key: Key): Result {
  return typeof key === 'object' ? key : [key]
}

/** By an expression such as `k`, or `k and v mod 7`. */
function keyed(rows: Stream<Row>, on: string = ''): KeyedStream<Key, Row> {
  return rows.keyBy(row => keyOf(on, row))
}

function keyOf(on: string, row: Row): Key {
  return on.split(' and ').map(expression => expressionOf(expression, row))
}

function windowsOf(window: WindowSpec | undefined): Windows {
  const { type, sizeMs = 0, slideMs = 0, stepMs = 0, gapMs = 0 } = window ?? {}
  switch (type) {
    case 'tumble':
      return tumbling(sizeMs)
    case 'hop':
      return hopping(sizeMs, slideMs)
    case 'cumulate':
      return cumulate(stepMs, sizeMs)
    case 'session':
      return session(gapMs)
    default:
      throw new Error(`there are no windows ${type}`)
  }
}

/** The start of an aligned window, of which a time is the last. */
function startOf(window: WindowSpec | undefined, last: number): number {
  const { type, sizeMs = 0 } = window ?? {}
  if (type === 'tumble' || type === 'hop') return last + 1 - sizeMs
  if (type === 'cumulate') return Math.floor(last / sizeMs) * sizeMs
  throw new Error(`windows ${type} do not tell their start by their end`)
}

function borders({ start, end }: Window): Result {
  return [start, end]
}

type Folds = Readonly<Record<string, AnyFold<Row, unknown>>>

function foldsOf(texts: readonly string[]): Folds {
  return Object.fromEntries(texts.map(text => [foldNames(text).name, foldOf(text)]))
}

/** `sum` (of v), `max of sums`, `countDistinct k`. */
function foldOf(text: string): AnyFold<Row, unknown> {
  const { kind, column } = foldNames(text)
  const of = (row: Row): number => Number(row[column])
  switch (kind) {
    case 'count':
      return count()
    case 'sum':
      return sum(of)
    case 'min':
      return min(of)
    case 'max':
      return max(of)
    case 'avg':
      return mean(of)
    case 'countDistinct':
      return distinct(row => row[column] ?? '')
    default:
      throw new Error(`there is no aggregation ${text}`)
  }
}

function resultOf(fold: AnyFold<Row, unknown>, rows: readonly Row[]): unknown {
  const place = { time: 0, origin: { topic: '', partition: 0 }, offset: 0, index: 0 }
  let accumulator: unknown = fold.create()
  for (const row of rows) accumulator = fold.add(accumulator, row, place)
  return fold.result(accumulator)
}

function inOrder(texts: readonly string[], value: Readonly<Record<string, unknown>>): Result {
  return texts.map(text => value[foldNames(text).name])
}

function rowsOf({ columns, rows }: RecordedTable): readonly Row[] {
  // Tables hold texts and numbers.
  return rows.map(row => Object.fromEntries(columns.map((name, at) => [name, row[at]]))) as readonly Row[]
}

/** Rows that come and never go. */
function comes(rows: Stream<Result>): Stream<Change<Result>> {
  return rows.map(after => ({ before: null, after }))
}

/** What is left of all changes. */
function leftOf(changes: readonly Change<Result>[]): readonly string[] {
  const counts = new Map<string, number>()
  const add = (row: Result | null, by: number): void => {
    if (row !== null) counts.set(textOf(row), (counts.get(textOf(row)) ?? 0) + by)
  }
  for (const { before, after } of changes) {
    add(before, -1)
    add(after, 1)
  }
  return [...counts].flatMap(([text, times]) =>
    times < 0 ? [`taken back too often: ${text}`] : new Array<string>(times).fill(text),
  )
}

/** Doubles are compared to nine places. */
function textOf(row: Result): string {
  return JSON.stringify(row.map(each => (typeof each === 'number' ? Number(each.toPrecision(10)) : each)))
}

function differences(expected: readonly string[], given: readonly string[]): readonly string[] {
  const [left, right] = [expected.toSorted(), given.toSorted()]
  if (left.join('\n') === right.join('\n')) return []
  const missing = left.filter(text => !right.includes(text))
  const extra = right.filter(text => !left.includes(text))
  return [
    `expected ${left.length} rows and got ${right.length}; missing ${missing.slice(0, 5).join(' ')}; not expected ${extra.slice(0, 5).join(' ')}`,
  ]
}
