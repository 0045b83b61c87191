/** The program of a shape, and what its functions do to one reading, for the reference. */
import { App, json, type Stream, type Topic, tumbling } from '../../src/index.ts'
import type { ReferenceElement, ReferenceRecord } from './reference.ts'
import type { Reading, Shape } from './scenario.ts'

/** A result in an output topic. */
export interface Result {
  readonly key: string
  readonly start: number
  readonly value: number
}

/** A program and its topics. */
export interface ShapeProgram {
  readonly app: App
  readonly inputs: readonly [Topic<Reading>, Topic<Reading>]
  readonly sums: Topic<Result>
  readonly groups: Topic<Result>
  readonly late: Topic<Reading>
}

/** The size of the second window of a chain, as a multiple of the first one's. */
export const GROUP_FACTOR = 2

const reading = json({ id: 'number', key: 'string', time: 'number', value: 'number' })
const result = json({ key: 'string', start: 'number', value: 'number' })

/** Builds the program of a shape. */
export function buildProgram(shape: Shape): ShapeProgram {
  const app = new App('shape', shape.shards === undefined ? {} : { shards: shape.shards })
  const keyed = shape.keying.startsWith('keyed') ? ({ keyedBy: 'key' } as const) : {}
  const inputs = [
    app.topic('readings', { value: reading, partitions: shape.partitions[0], ...keyed }),
    app.topic('others', { value: reading, partitions: shape.partitions[1] }),
  ] as const
  const sums = app.topic('sums', { value: result })
  const groups = app.topic('groups', { value: result })
  const late = app.topic('late', { value: reading })

  const first = timed(app.stream(inputs[0]), shape, shape.boundMs)
  const all = shape.merged ? first.merge(timed(app.stream(inputs[1]), shape, otherBoundMs(shape))) : first
  const windows = keyBy(all, shape).window(tumbling(shape.sizeMs))
  const results = windows.sum(r => r.value).map(r => ({ key: r.key, start: r.window.start, value: r.value }))
  results.to(sums)
  if (shape.late) windows.late.to(late)
  if (shape.chained) {
    results
      .keyBy(r => groupOf(r.key))
      .window(tumbling(shape.sizeMs * GROUP_FACTOR))
      .sum(r => r.value)
      .map(r => ({ key: r.key, start: r.window.start, value: r.value }))
      .to(groups)
  }
  return { app, inputs, sums, groups, late }
}

/** The bound of the second topic, another one than the first one's. */
export function otherBoundMs(shape: Shape): number {
  return shape.boundMs + 7
}

/** The key of the second window of a chain. */
export function groupOf(key: string): string {
  return key < 'k3' ? 'low' : 'high'
}

/** What reaches the event-time step of a reading that was read, and what of that reaches the window. */
export function referenceRecords(shape: Shape, read: Reading): readonly ReferenceRecord[] {
  return BEFORE[shape.before](read).map(record => ({
    time: record.time,
    elements: BEHIND[shape.behind](record) satisfies readonly ReferenceElement[],
  }))
}

const BEFORE: Record<Shape['before'], (r: Reading) => readonly Reading[]> = {
  nothing: r => [r],
  filter: r => (r.id % 5 === 0 ? [] : [r]),
  map: r => [{ ...r, value: r.value * 2 }],
  flatMap: r => Array.from({ length: r.id % 3 }, (_, i) => ({ ...r, id: r.id + i / 10, time: r.time + i })),
}

const BEHIND: Record<Shape['behind'], (r: Reading) => readonly Reading[]> = {
  nothing: r => [r],
  filter: r => (r.id % 4 === 0 ? [] : [r]),
  map: r => [{ ...r, value: -r.value }],
  flatMap: r => Array.from({ length: (r.id * 10) % 3 }, (_, i) => ({ ...r, id: r.id + i / 100 })),
  mapAsync: r => [r],
  mapAsyncUnordered: r => [r],
  promise: r => [r],
}

function timed(source: Stream<Reading>, shape: Shape, boundMs: number): Stream<Reading> {
  // No idle decisions: they may depend on the moment, and the result must not.
  const options = { outOfOrder: boundMs, idleAfter: '1d', maxAhead: false } as const
  return behind(
    before(source, shape.before).eventTime(r => r.time, options),
    shape,
  )
}

function before(source: Stream<Reading>, kind: Shape['before']): Stream<Reading> {
  const apply = BEFORE[kind]
  switch (kind) {
    case 'nothing':
      return source
    case 'filter':
      return source.filter(r => apply(r).length > 0)
    case 'map':
      return source.map(r => apply(r)[0] ?? r)
    case 'flatMap':
      return source.flatMap(apply)
  }
}

function behind(source: Stream<Reading>, shape: Shape): Stream<Reading> {
  const apply = BEHIND[shape.behind]
  switch (shape.behind) {
    case 'nothing':
      return source
    case 'filter':
      return source.filter(r => apply(r).length > 0)
    case 'map':
      return source.map(r => apply(r)[0] ?? r)
    case 'flatMap':
      return source.flatMap(apply)
    case 'promise':
      return source.map(r => (r.id % 3 === 0 ? slowly(r) : r))
    case 'mapAsync':
      return source.mapAsync(slowly, { concurrency: 3 })
    case 'mapAsyncUnordered':
      return source.mapAsync(slowly, { concurrency: 4, ordered: false })
  }
}

/** Comes back after some turns of the event loop, each reading after another number of them. */
async function slowly(read: Reading): Promise<Reading> {
  const turns = Math.floor(read.id * 7) % 5
  for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
  return read
}

function keyBy(stream: Stream<Reading>, shape: Shape) {
  if (shape.keying === 'function') return stream.keyBy(r => r.key)
  return shape.keying === 'keyedRecord' && !shape.merged ? stream.keyBy() : stream.keyBy('key')
}
