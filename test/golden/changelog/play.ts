/**
 * Plays recorded cases of Kafka Streams: joins, windows and regrouped tables, record by record.
 *
 * Both inputs come by one partition, so they have one stream time, as the recorded ones had.
 */
import {
  App,
  hopping,
  json,
  type KeyedStream,
  max,
  type Stream,
  session,
  sum,
  type Table,
  tumbling,
  type Window,
} from '../../../src/index.ts'
import { TestDriver } from '../../../src/testing/index.ts'
import { KafkaStore } from './kafka-store.ts'

/** A recorded case, as `test/golden/README.md` of the recordings describes it. */
export interface ChangelogCase {
  readonly id: string
  readonly topology: Topology
  readonly input: readonly (readonly [topic: 'l' | 'r', key: string, value: string | null, time: number])[]
  readonly steps: readonly (readonly Output[])[]
}

/** What comes out. */
export type Output = readonly [key: string, value: string | null, time: number]

/** What is computed. */
export type Topology =
  | { readonly kind: 'streamTable'; readonly how: 'inner' | 'left' }
  | { readonly kind: 'tableTable'; readonly how: 'inner' | 'left' | 'outer' }
  | { readonly kind: 'foreignKey'; readonly how: 'inner' | 'left' }
  | {
      readonly kind: 'streamStream'
      readonly how: 'inner' | 'left' | 'outer'
      readonly beforeMs: number
      readonly afterMs: number
      readonly graceMs: number
    }
  | {
      readonly kind: 'windowSum'
      readonly sizeMs: number
      readonly slideMs?: number
      readonly graceMs: number
      readonly emit: Emit
    }
  | { readonly kind: 'sessionSum'; readonly gapMs: number; readonly graceMs: number; readonly emit: Emit }
  | { readonly kind: 'groupTable' }

type Emit = 'update' | 'onClose' | 'suppress'

interface Record {
  readonly topic: 'l' | 'r'
  readonly key: string
  readonly value: string | null
  readonly time: number
}

type Records = KeyedStream<string, Record>

/** How what Sluice gives differs from what was recorded; empty: it does not. */
export async function changelogDifferences(recorded: ChangelogCase): Promise<readonly string[]> {
  const { topology, input, steps } = recorded
  const app = new App('case')
  const topic = app.topic('input', { value: json<Record>(), keyedBy: 'key', partitions: 1 })
  const records = app
    .stream(topic)
    .eventTime(record => record.time, { outOfOrder: boundOf(topology), maxAhead: false })
    .keyBy('key')
  const outputs = build(topology, side(records, 'l'), side(records, 'r')).toArray()
  const driver = new TestDriver(app)
  const differences: string[] = []
  let newest = Number.NEGATIVE_INFINITY
  await driver.start()
  const store = topology.kind === 'streamStream' ? new KafkaStore(topology) : undefined
  for (const [number, record] of input.entries()) {
    const [side, key, value, time] = record
    await driver.feed(topic, [{ topic: side, key, value, time }])
    await driver.settle()
    newest = Math.max(newest, time)
    const rows = outputs.splice(0).filter(output => !isLost(topology, output, newest))
    const expected = textsOf(steps[number] ?? [])
    const given = textsOf(store?.rowsOf(record, rows, steps[number] ?? []) ?? rows)
    if (given !== expected) differences.push(`step ${number}: expected ${expected}, got ${given}`)
  }
  await driver.stop()
  return differences
}

/** A result before its window is over needs a watermark that waits; elsewhere the window waits. */
function boundOf(topology: Topology): number {
  if (topology.kind === 'streamStream') return topology.graceMs
  const waits = topology.kind === 'windowSum' || topology.kind === 'sessionSum'
  return waits && topology.emit !== 'update' ? topology.graceMs : 0
}

/**
 * Kafka Streams has no windows that begin before 1970. And it forgets windows before it gives them on close, where
 * stream time jumps: its store keeps them for their size and grace behind the newest window, which the record that
 * closes them has just made.
 */
function isLost(topology: Topology, [name]: Output, newest: number): boolean {
  if (topology.kind !== 'windowSum') return false
  const start = Number(/@(-?\d+)-/.exec(name)?.[1])
  const { sizeMs, slideMs = sizeMs, graceMs, emit } = topology
  const newestStart = Math.floor(newest / slideMs) * slideMs
  return start < 0 || (emit === 'onClose' && start < newestStart - sizeMs - graceMs)
}

function build(topology: Topology, left: Records, right: Records): Stream<Output> {
  switch (topology.kind) {
    case 'streamTable':
      return outputsOf(
        left.join(tableOf(right), { how: topology.how }).map(({ left: l, right: r }) => pairText(l, r)),
      )
    case 'tableTable':
      return updatesOf(
        tableOf(left)
          .join(tableOf(right), { how: topology.how === 'outer' ? 'full' : topology.how })
          .map(({ left: l, right: r }) => pairText(l, r)),
      )
    case 'foreignKey':
      return updatesOf(
        tableOf(left)
          .join(tableOf(right), { on: ({ value }) => value?.split(':')[0] ?? '', how: topology.how })
          .map(({ left: l, right: r }) => pairText(l, r)),
      )
    case 'streamStream':
      return outputsOf(
        left
          .join(right, {
            within: { before: topology.beforeMs, after: topology.afterMs },
            how: topology.how === 'outer' ? 'full' : topology.how,
            // There late records are joined for as long as their store has a segment, which is a minute at least.
            lateness: '1m',
          })
          .map(({ left: l, right: r }) => pairText(l, r)),
      )
    case 'windowSum': {
      const { sizeMs, slideMs = sizeMs } = topology
      const windows = slideMs === sizeMs ? tumbling(sizeMs) : hopping(sizeMs, slideMs)
      return sumsOf(left, windows, topology, ({ start, end }) => ({ start, end }))
    }
    case 'sessionSum':
      // There a session lasts until the gap is over, and its end is its last element.
      return sumsOf(left, session(topology.gapMs + 1), topology, ({ start, end }) => ({
        start,
        end: end - topology.gapMs - 1,
      }))
    case 'groupTable': {
      const groups = tableOf(left)
        .keyBy(({ value }) => value?.split(':')[0] ?? '')
        .running()
        .aggregate({
          init: () => 0,
          add: (all, { value }) => all + Number(value?.split(':')[1]),
          retract: (all, { value }) => all - Number(value?.split(':')[1]),
          // An object: each change is one, also where the sum stays the same.
          result: total => ({ total }),
        })
      // There a group without rows has the sum 0.
      return outputsOf(groups.updates().map(({ value }) => String(value?.value.total ?? 0)))
    }
  }
}

function side(records: Records, topic: 'l' | 'r'): Records {
  return records.filter(record => record.topic === topic)
}

function tableOf(records: Records): Table<string, Record> {
  return records.toTable({ removed: ({ value }) => value === null })
}

/** Sums in windows; what one that has grown leaves behind is deleted. */
function sumsOf(
  records: Records,
  windows: Parameters<Records['window']>[0],
  { graceMs, emit }: { readonly graceMs: number; readonly emit: Emit },
  borders: (window: Window) => Window,
): Stream<Output> {
  const nameOf = (key: string, window: Window): string => {
    const { start, end } = borders(window)
    return `${key}@${start}-${end}`
  }
  const folds = { total: sum(({ value }: Record) => Number(value)), latest: max(({ time }: Record) => time) }
  const options = emit === 'update' ? ({ lateness: graceMs, emit } as const) : {}
  return records
    .window(windows, { ...options, retract: true })
    .aggregate(folds)
    .toChangelog()
    .flatMap(({ before, after }): Output[] => {
      if (after === null) {
        return before === null ? [] : [[nameOf(before.key, before.window), 'null', before.value.latest]]
      }
      return [[nameOf(after.key, after.window), String(after.value.total), after.value.latest]]
    })
}

function updatesOf(table: Table<string, string>): Stream<Output> {
  return outputsOf(table.updates().map(update => update.value))
}

function outputsOf(values: KeyedStream<string, string | null>): Stream<Output> {
  return values.withMeta().map(({ key, value, time }): Output => [String(key), value, time])
}

function pairText(left: Record | undefined, right: Record | undefined): string {
  return `(${left?.value ?? 'null'},${right?.value ?? 'null'})`
}

function textsOf(outputs: readonly Output[]): string {
  return outputs
    .map(output => JSON.stringify(output))
    .toSorted()
    .join(' ')
}
