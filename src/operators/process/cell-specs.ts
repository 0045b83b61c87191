/**
 * What a process function keeps, as data: cells, windows and side outputs by name. Types flow from here
 * into the handlers; nothing runs.
 */
import { GraphError } from '../../errors.ts'
import { type Duration, durationMs, positiveDurationMs } from '../../time/index.ts'
import { checkFunction, checkOptions } from '../check-options.ts'
import type { Spans } from '../window/spans.ts'
import type { Windows } from '../window/windows.ts'

/** Options of the cells. */
export interface CellOptions {
  /** For how long something is kept after it was written last; for ever, if it is not said. */
  readonly ttl?: Duration
  /** By which time that is counted: that of the elements, or the clock; the default is `'event'`. */
  readonly time?: CellTime
}

/** Times by which things fall due: `event`, that of the elements, or `processing`, that of the clock. */
export type CellTime = 'event' | 'processing'

/** How long something is kept. */
export interface TimeToLive {
  readonly ms: number
  readonly time: CellTime
}

/** A cell with one value. */
export interface ValueSpec<out V> {
  readonly kind: 'value'
  readonly ttl: TimeToLive | undefined
  /** The type of the value; there is no such field. */
  readonly type?: V
}

/** A cell with a list. */
export interface ListSpec<out V> {
  readonly kind: 'list'
  readonly ttl: TimeToLive | undefined
  /** The type of its items; there is no such field. */
  readonly type?: V
}

/** What entries of a map are found by. */
export type MapKey = string | number | boolean | bigint

/** A cell with a map. */
export interface MapSpec<out K extends MapKey, out V> {
  readonly kind: 'map'
  readonly ttl: TimeToLive | undefined
  /** The types of its entries; there is no such field. */
  readonly type?: readonly [K, V]
}

/** A cell with a state for each window. */
export interface WindowsSpec<out S> {
  readonly kind: 'windows'
  readonly spans: Spans
  readonly init: () => S
  readonly retentionMs: number
}

/** A side output. */
export interface OutputSpec<out V> {
  readonly kind: 'output'
  /** The type of its elements; there is no such field. */
  readonly type?: V
}

/** A cell that is not per window. */
export type PlainCellSpec = ValueSpec<unknown> | ListSpec<unknown> | MapSpec<MapKey, unknown>

/** A cell. */
export type CellSpec = PlainCellSpec | WindowsSpec<unknown>

/** Options of `windows`. */
export interface WindowCellOptions<S> {
  /** Makes the state that a window begins with; called for each window anew. */
  readonly init: () => S
  /** For how long, in event time, the state of a window can be asked for after it has closed; not at all, if it is not said. */
  readonly retention?: Duration
}

/**
 * A cell with one value: `get`, `set`, `update`, `delete`.
 *
 * ```ts
 * state: { last: value<number>(), seen: value<true>({ ttl: '1h' }) }
 * ```
 */
export function value<V>(options: CellOptions = {}): ValueSpec<V> {
  return { kind: 'value', ttl: timeToLive('value', options) }
}

/**
 * A cell with a list: `add`, `values`, `size`, `clear`. A commit writes what was added, not the whole list. With
 * a `ttl`, the whole list is kept for so long after the last item was added.
 */
export function list<V>(options: CellOptions = {}): ListSpec<V> {
  return { kind: 'list', ttl: timeToLive('list', options) }
}

/**
 * A cell with a map: `get`, `set`, `has`, `delete`, `entries`, `size`, `clear`. A commit writes the entries
 * that changed. With a `ttl`, each entry is kept for so long after it was written last.
 */
export function map<K extends MapKey, V>(options: CellOptions = {}): MapSpec<K, V> {
  return { kind: 'map', ttl: timeToLive('map', options) }
}

/**
 * A cell with a state for each window that elements lie in: `update` changes those of all windows of an
 * element, each once, and `onClose` is called with each when it closes. Windows whose borders are known
 * beforehand: `tumbling`, `hopping`, `cumulate`, `calendar`.
 *
 * ```ts
 * state: { times: windows(hopping('10s', '5s'), { init: (): number[] => [], retention: '1m' }) }
 * ```
 */
export function windows<S>(of: Windows, options: WindowCellOptions<S>): WindowsSpec<S> {
  checkOptions(options ?? {}, ['init', 'retention'], 'windows')
  checkFunction(options?.init, 'windows: init')
  if (of?.spans === undefined) {
    throw new GraphError(
      'OPTION_INVALID',
      `windows was given ${of?.kind ?? String(of)} windows; cells are per tumbling, hopping, cumulating or calendar window, whose borders do not depend on elements: use a timer instead, or .window(…)`,
    )
  }
  const retentionMs = durationMs(options.retention ?? 0, 'windows: retention')
  return { kind: 'windows', spans: of.spans, init: options.init, retentionMs }
}

/** A side output, by the name under which it stands in `outputs`. */
export function output<V>(): OutputSpec<V> {
  return { kind: 'output' }
}

/** Changes whenever what a cell has stored would be read wrongly. */
export function cellFingerprint(spec: CellSpec): string {
  if (spec.kind === 'windows') return `windows ${spec.spans.fingerprint}`
  return `${spec.kind}${spec.ttl === undefined ? '' : ` with ${spec.ttl.time} ttl`}`
}

function timeToLive(what: string, options: CellOptions): TimeToLive | undefined {
  checkOptions(options, ['ttl', 'time'], what)
  const { ttl, time = 'event' } = options
  if (time !== 'event' && time !== 'processing') {
    throw new GraphError(
      'OPTION_INVALID',
      `${what}: time is ${JSON.stringify(time)}; expected "event" or "processing"`,
    )
  }
  if (ttl === undefined && options.time !== undefined) {
    throw new GraphError(
      'OPTION_INVALID',
      `${what}: time says by what a ttl counts, and there is none; add ttl or leave time out`,
    )
  }
  return ttl === undefined ? undefined : { ms: positiveDurationMs(ttl, `${what}: ttl`), time }
}
