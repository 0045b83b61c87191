/**
 * The handle on one edge of a graph. Operators on it add steps and give new streams. In an app nothing
 * runs yet; a live stream runs as soon as something is emitted.
 */
import type { Key } from '../codec/index.ts'
import type { Pool } from '../connect/index.ts'
import { describeValue, GraphError } from '../errors.ts'
import type { AsyncCall, KeySource, PortRef, TimeSpec } from '../graph/index.ts'
import { type Duration, durationMs } from '../time/index.ts'
import { type ElementOf, type HasKey, isStream, type WithValue } from './base-stream.ts'
import { checkFlag, checkOptions, describeOperand } from './check-options.ts'
import type { AsOfHow, AsOfJoinOptions } from './joins/as-of.ts'
import type { Cogroup, CogroupOptions, WindowJoinOptions, WindowJoinRow } from './joins/cogroup.ts'
import type { JoinHow, JoinRow } from './joins/how.ts'
import type { IntervalJoinOptions } from './joins/interval.ts'
import {
  type LookupHow,
  type LookupOptions,
  type LookupRow,
  lookupFunction,
  lookupRules,
  OPTIONS_OF_LOOKUP,
} from './joins/lookup.ts'
import { metaKernel, type WithMeta } from './kernels/meta-kernel.ts'
import { addMatch, type MatchedStream, type MatchOptions } from './match-stream.ts'
import { NATURES } from './natures.ts'
import type { AnyPattern } from './patterns/pattern.ts'
import type { StageTypes } from './patterns/pattern-types.ts'
import { BroadcastStream, ProcessStream } from './process-stream.ts'
import { RunningStream } from './running-stream.ts'
import type { ScatterOptions } from './scatter-pool.ts'
import type { ScatteredStream } from './scattered-stream.ts'
import type { StepOptions } from './scope.ts'
import {
  addCogroup,
  addJoin,
  type JoinInputs,
  type JoinOf,
  type JoinStream,
  type LateSides,
  type WindowJoinOf,
} from './stream-join.ts'
import { type ChangeStream, foldedParts, Table } from './tables/change-stream.ts'
import type { EnrichHow } from './tables/enrich-kernel.ts'
import type { EnrichOptions, UnboundedJoin, UnboundedJoinOptions } from './tables/join-options.ts'
import { joinWithTable } from './tables/stream-joins.ts'
import { type TableOf, type TableOptions, toTable } from './tables/to-table.ts'
import { type RetractOption, type WindowOptions, windowRules } from './window/window-options.ts'
import { checkWindows, type Windows } from './window/windows.ts'
import { WindowedStream } from './windowed-stream.ts'

/** Options of `eventTime`. */
export interface EventTimeOptions extends StepOptions {
  /** How far an event may be behind the newest one of its source partition; the default is 0. */
  readonly outOfOrder?: Duration
  /** A source partition that is read to its end for so long holds up no window; the default is 5 s. */
  readonly idleAfter?: Duration
  /**
   * What event time does while a source partition is idle: it stays (`'hold'`, the default), so that the
   * same input gives the same output; or it goes on with the clock (`'advance'`), so that the last windows
   * of a source that has gone silent close too. What then comes for them is late.
   */
  readonly whenIdle?: 'hold' | 'advance'
  /** An event further ahead of its append time than this is a bad record; the default is one day, false: off. */
  readonly maxAhead?: Duration | false
}

/** The fields of a value that can be keys. */
export type KeyField<T> = { [F in keyof T & string]-?: T[F] extends Key ? F : never }[keyof T & string]

const DEFAULT_IDLE_AFTER = '5s'
const DEFAULT_MAX_AHEAD = '1d'

/** A sequence of elements of type `T`, which may be endless. */
export class Stream<out T> extends ProcessStream<T> {
  /**
   * Says when each element happened: `timeOf` gives epoch milliseconds (fractions are cut off). The
   * watermark of a source partition is its largest time − `outOfOrder` − 1. Without this step a
   * record's own timestamp counts. Must stand before any `keyBy`.
   */
  eventTime(timeOf: (value: T) => number | Date, options: EventTimeOptions = {}): Stream<T> {
    checkOptions(options, ['outOfOrder', 'idleAfter', 'whenIdle', 'maxAhead', 'id', 'onError'], 'eventTime')
    const { outOfOrder = 0, idleAfter = DEFAULT_IDLE_AFTER, whenIdle = 'hold', ...others } = options
    const { maxAhead = DEFAULT_MAX_AHEAD, ...rest } = others
    if (whenIdle !== 'hold' && whenIdle !== 'advance') {
      throw new GraphError(
        'OPTION_INVALID',
        `eventTime: whenIdle is ${describeValue(whenIdle)}; expected "hold" or "advance"`,
      )
    }
    return new Stream(
      this.scope,
      this.#addTime('eventTime', rest, {
        timeOf: timeOf as (value: unknown) => unknown,
        outOfOrderMs: durationMs(outOfOrder, 'outOfOrder'),
        idleAfterMs: durationMs(idleAfter, 'idleAfter'),
        advancesWhenIdle: whenIdle === 'advance',
        maxAheadMs: maxAhead === false ? Number.POSITIVE_INFINITY : durationMs(maxAhead, 'maxAhead'),
      }),
    )
  }

  /** Lets each element happen when it is processed. Results then depend on the wall clock. */
  processingTime(options: StepOptions = {}): Stream<T> {
    return new Stream(
      this.scope,
      this.#addTime('processingTime', options, {
        timeOf: 'clock',
        outOfOrderMs: 0,
        idleAfterMs: Number.POSITIVE_INFINITY,
        maxAheadMs: Number.POSITIVE_INFINITY,
      }),
    )
  }

  /**
   * Brings elements of equal key together: by a field, by a function, or without an argument by the
   * record's own key. A key is a string, a finite number, a boolean, a bigint or a tuple of these.
   */
  keyBy(): KeyedStream<string, T>
  keyBy<F extends KeyField<T>>(field: F, options?: StepOptions): KeyedStream<T[F], T>
  keyBy<const K extends Key>(fn: (value: T) => K, options?: StepOptions): KeyedStream<K, T>
  keyBy(by?: string | ((value: T) => Key), options: StepOptions = {}): KeyedStream<never, T> {
    const key = keySource(by as string | ((value: unknown) => Key) | undefined)
    return new KeyedStream(
      this.scope,
      this.addStep({ kind: 'exchange', key }, 'keyBy', { ...options, nature: NATURES.keyBy }),
    )
  }

  /**
   * Each element with the row of something outside that belongs to it: `fn` is asked for the row of a key,
   * which `key` gives of the element, and gives undefined where there is none. Rows are kept as `cache` says;
   * elements that ask for the same key at the same time share one call. Calls, their order, retries and
   * restarts are those of `mapAsync`.
   *
   * ```ts
   * const named = orders.lookup((id: string) => users.find(id), {
   *   key: order => order.user,
   *   how: 'left',
   *   concurrency: 16,
   *   cache: { entries: 10_000, ttl: '5m' },
   * })
   * named.map(({ left, right }) => ({ ...left, name: right?.name ?? 'nobody' }))
   * ```
   */
  lookup<LK extends Key, R, const H extends LookupHow = 'inner', S extends Stream<unknown> = Stream<T>>(
    this: S,
    fn: (key: LK, call: AsyncCall) => Promise<R | undefined | null>,
    options: LookupOptions<ElementOf<S>, LK, H>,
  ): WithValue<S, LookupRow<H, LK, ElementOf<S>, R>>
  lookup(
    fn: (key: never, call: AsyncCall) => unknown,
    options: LookupOptions<never, Key, LookupHow>,
  ): unknown {
    checkOptions(options, OPTIONS_OF_LOOKUP, 'lookup')
    const { key, how, cache, ...calls } = options
    const rules = lookupRules(fn, options)
    const asked = this.addAsync('lookup', lookupFunction(rules), calls)
    if (rules.how === 'left') return this.on(asked)
    const { filter: nature } = NATURES
    return this.on(
      this.addStep({ kind: 'filter', fn: isThere }, 'rows', { inputs: [asked], nature, within: ['lookup'] }),
    )
  }

  /** Each element with what travels with it: event time, key and headers. */
  withMeta(options: StepOptions = {}): Stream<WithMeta<T>> {
    return new Stream(this.scope, this.addKernel('withMeta', metaKernel(), options))
  }

  /**
   * Lets workers of a pool do what comes next: `map`, `starmap`, `filter` and `scan` with functions of
   * modules, up to `gather()`. Given options, the pool is the stream's own: its workers start with the
   * first call, and `dispose()` ends them.
   */
  scatter<S extends Stream<unknown> = Stream<T>>(
    this: S,
    pool: Pool | ScatterOptions,
  ): ScatteredStream<ElementOf<S>, S> {
    const { scope, port, isKeyed: keyed } = this
    if (scope.scatter === undefined) {
      throw new GraphError(
        'GRAPH_INVALID',
        "scatter needs Node, and the Stream of 'sluice', not of 'sluice/live'",
      )
    }
    // It scatters this stream, and gives it back.
    return scope.scatter({ scope, port, keyed, gather: made => this.on(made) }, pool) as ScatteredStream<
      ElementOf<S>,
      S
    >
  }

  protected override on(port: PortRef): Stream<unknown> {
    return new Stream(this.scope, port)
  }

  protected override plain(port: PortRef): Stream<unknown> {
    return new Stream(this.scope, port)
  }

  #addTime(name: 'eventTime' | 'processingTime', options: StepOptions, time: TimeSpec): PortRef {
    const logic = { kind: 'time', time } as const
    return this.addStep({ kind: 'process', outputs: [], logic }, name, { ...options, nature: NATURES[name] })
  }
}

/** A stream whose elements have a key, which operators that make one stream of one keep. State is per key. */
export class KeyedStream<out K, out T> extends Stream<T> implements HasKey<K> {
  declare readonly '~key': K

  /**
   * Aggregates the elements of each key in windows. A result comes when the watermark has passed the
   * window's end, or as `options` say; its time is the end − 1.
   */
  window(windows: Windows, options: WindowOptions & RetractOption<true>): WindowedStream<K, T, 'windowTable'>
  window(windows: Windows, options?: WindowOptions & Partial<RetractOption<false>>): WindowedStream<K, T>
  window(windows: Windows, options: WindowOptions & Partial<RetractOption> = {}): unknown {
    checkWindows(windows)
    return new WindowedStream(foldedParts(this, false), windows, windowRules(options))
  }

  /**
   * Aggregates all elements of each key so far; a result comes for each element and replaces the one before. With
   * `retract: true` results are the rows of a `Table`: what is made of them takes back what is replaced.
   */
  running(options: RetractOption<true>): RunningStream<K, T, 'runningTable'>
  running(options?: Partial<RetractOption<false>>): RunningStream<K, T>
  running(options: Partial<RetractOption> = {}): unknown {
    checkOptions(options, ['retract'], 'running')
    const { retract = false } = options
    checkFlag(retract, 'running: retract')
    return new RunningStream(foldedParts(this, false), retract)
  }

  /**
   * The newest element of each key, as a table: the one of the latest time, of equal time by topic, partition and
   * offset, in whatever order they come.
   */
  toTable(options: TableOptions<T> = {}): TableOf<K, T> {
    return toTable(this, options)
  }

  /**
   * Pairs the elements of this stream, the left ones, with those of another that have the same key. Which
   * belong together, the options say:
   *
   * - `within: { before, after }`: left.time − before ≤ right.time ≤ left.time + after. A pair comes with the
   *   second of its elements, and its time is the later one; an element without a partner, where `how` asks for
   *   it, as soon as no partner can come any more. An element is late as soon as its own time has been passed.
   * - `asOf: true`: the newest right element whose time is not later, as soon as the watermark has passed the
   *   time of the left one. A right element that is late counts from when it came.
   * - `window: tumbling('10s')`: both in the same window, of any kind; rows come as `window` gives its results
   * - `unbounded: true`: all that have the same key, whenever they come; both sides are kept for ever
   * - a table as `right`: the row that the key has when the left element comes
   *
   * ```ts
   * const paid = orders.join(payments, { within: { before: '1m', after: '15m' }, how: 'left' })
   * paid.map(({ left, right }) => ({ order: left.id, paid: right !== undefined }))
   * paid.late.right.to(latePayments)
   * ```
   */
  join<R, const H extends JoinHow = 'inner'>(
    right: KeyedStream<K, R>,
    options: IntervalJoinOptions<H>,
  ): JoinOf<H, K, T, R>
  join<R, const H extends JoinHow = 'inner'>(
    right: KeyedStream<K, R>,
    options: UnboundedJoinOptions<H>,
  ): UnboundedJoin<H, K, T, R>
  join<R, const H extends EnrichHow = 'inner'>(
    right: Table<K, R>,
    options?: EnrichOptions<H>,
  ): KeyedStream<K, JoinRow<H, K, T, R>>
  join<R, const H extends JoinHow = 'inner'>(
    right: KeyedStream<K, R>,
    options: WindowJoinOptions<H> & RetractOption<true>,
  ): ChangeStream<WindowJoinRow<H, K, T, R>> & { readonly late: LateSides<K, T, R> }
  join<R, const H extends JoinHow = 'inner'>(
    right: KeyedStream<K, R>,
    options: WindowJoinOptions<H> & Partial<RetractOption<false>>,
  ): WindowJoinOf<H, K, T, R>
  join<R, const H extends AsOfHow = 'inner'>(
    right: KeyedStream<K, R>,
    options: AsOfJoinOptions<H, R>,
  ): JoinOf<H, K, T, R>
  join(right: unknown, options?: object): unknown {
    if (right instanceof Table) return joinWithTable(this, right, options)
    return addJoin(this.#joined(right, 'join'), options)
  }

  /**
   * The elements of this stream, the left ones, and of another that have the same key and are in the same
   * window: those of each side in the order of event time. Comes as `window` gives its results, for each
   * window with an element of either side.
   *
   * ```ts
   * people.cogroup(auctions, { window: tumbling('10s') }).map(({ key, left, right }) => [key, left.length, right.length])
   * ```
   */
  cogroup<R>(
    right: KeyedStream<K, R>,
    options: CogroupOptions & RetractOption<true>,
  ): ChangeStream<Cogroup<K, T, R>> & { readonly late: LateSides<K, T, R> }
  cogroup<R>(
    right: KeyedStream<K, R>,
    options: CogroupOptions & Partial<RetractOption<false>>,
  ): JoinStream<K, T, R, Cogroup<K, T, R>>
  cogroup(right: unknown, options: CogroupOptions & Partial<RetractOption>): unknown {
    return addCogroup(this.#joined(right, 'cogroup'), options)
  }

  /**
   * Finds a pattern among the elements of each key: a sequence of events with conditions, see `pattern`. Events
   * are taken in the order of event time (of equal time, by topic, partition and offset) once the watermark
   * has passed them, so neither batches nor interleaving change what is found. A match has the key, and the
   * events of each stage under its name; its time is that of the event which made it sure. What is not complete within the
   * time of the pattern comes out by `timedOut`, what comes too late by `late`. A condition that throws is
   * a matter of the step's `onError`; the event then counts as not there. At the end of a drained input the times of all
   * partial matches are over; those of a pattern without `within` stay for the next run.
   *
   * ```ts
   * const frauds = payments.keyBy('card').match(tested, { skip: 'pastLastEvent' })
   * frauds.map(({ key, small, large }) => `${key}: ${small.amount}, then ${large.amount}`)
   * ```
   */
  match<S extends StageTypes>(
    pattern: AnyPattern<T, S>,
    options: MatchOptions<keyof S & string> = {},
  ): MatchedStream<K, T, S> {
    // Of what stages the matches are, the pattern says.
    return addMatch(foldedParts(this, false), pattern, options) as MatchedStream<K, T, S>
  }

  /**
   * Brings each element of another stream to all shards, where `process` finds it by `onBroadcast`: for what
   * all keys go by, such as rules. In which order elements of the two streams come is not promised.
   */
  withBroadcast<B>(broadcast: Stream<B>, options: StepOptions = {}): BroadcastStream<K, T, B> {
    if (!isStream(broadcast)) {
      throw new GraphError(
        'OPTION_INVALID',
        `withBroadcast was given ${describeValue(broadcast)}; expected a stream`,
      )
    }
    return new BroadcastStream(this, broadcast, options)
  }

  protected override get isKeyed(): boolean {
    return true
  }

  #joined(right: unknown, what: string): JoinInputs {
    if (right instanceof KeyedStream) return { left: foldedParts(this, false), right: right.port }
    throw new GraphError(
      'OPTION_INVALID',
      `${what} was given ${describeOperand(right)}; expected a stream with keys: call keyBy(…) on it first`,
    )
  }

  protected override on(port: PortRef): KeyedStream<unknown, unknown> {
    return new KeyedStream(this.scope, port)
  }
}

function keySource(by: string | ((value: unknown) => Key) | undefined): KeySource {
  if (by === undefined) return { kind: 'record' }
  return typeof by === 'string' ? { kind: 'field', field: by } : { kind: 'function', fn: by }
}

/** Whether a lookup found a row. */
function isThere(joined: unknown): boolean {
  return joined !== undefined
}
