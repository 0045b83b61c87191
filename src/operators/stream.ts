/**
 * The handle on one edge of a graph. Operators on it add steps and give new streams; nothing runs.
 */
import type { Key } from '../codec/index.ts'
import type { SinkTarget } from '../connect/index.ts'
import { describeValue, GraphError } from '../errors.ts'
import {
  type ErrorPolicy,
  type GraphBuilder,
  type KeySource,
  type Nature,
  type PortRef,
  type ResolvedPolicy,
  resolvePolicy,
  type SinkStep,
  type StepDraft,
  type TimeSpec,
} from '../graph/index.ts'
import { type Duration, durationMs } from '../time/index.ts'
import { checkOptions } from './check-options.ts'
import { arraySink, printSink } from './collectors.ts'
import { FoldedStream, WindowedStream } from './folded-stream.ts'
import { NATURES } from './natures.ts'
import { passOn } from './pass-on.ts'
import type { TopicFor } from './topic.ts'
import type { Windows } from './window/windows.ts'

/** Options that every operator takes. */
export interface StepOptions {
  /** The step's id, unique within the app; derived from name and place when not given. */
  readonly id?: string
  /** What happens to an element that the step cannot process; the default is the app's policy. */
  readonly onError?: ErrorPolicy
}

/** Options of `eventTime`. */
export interface EventTimeOptions extends StepOptions {
  /** How far an event may be behind the newest one of its source partition; the default is 0. */
  readonly outOfOrder?: Duration
  /** A source partition that is read to its end for so long holds up no window; the default is 5 s. */
  readonly idleAfter?: Duration
  /** An event further ahead of its append time than this is a bad record; the default is one day, false: off. */
  readonly maxAhead?: Duration | false
}

/** Options of `mapAsync`. */
export interface MapAsyncOptions extends StepOptions {
  /** How many calls may be under way at a time; the default is 1. */
  readonly concurrency?: number
  /** Whether results come in the order of their elements; the default is true. */
  readonly ordered?: boolean
  /** A call that takes longer has failed. */
  readonly timeout?: Duration
}

/** The fields of a value that can be keys. */
export type KeyField<T> = { [F in keyof T & string]-?: T[F] extends Key ? F : never }[keyof T & string]

/** What streams of one app share while it is built. */
export interface StreamScope {
  readonly builder: GraphBuilder
  readonly onError: ErrorPolicy
}

const DEFAULT_IDLE_AFTER = '5s'
const DEFAULT_MAX_AHEAD = '1d'

/** An endless sequence of elements of type `T`. */
export class Stream<T> {
  protected readonly scope: StreamScope
  protected readonly port: PortRef

  constructor(scope: StreamScope, port: PortRef) {
    this.scope = scope
    this.port = port
  }

  /** Makes one element of each. A promise that `fn` returns is awaited, one at a time and in order. */
  map<U>(fn: (value: T) => U, options: StepOptions = {}): Stream<Awaited<U>> {
    return new Stream(this.scope, this.addMap('map', fn, options))
  }

  /** Keeps the elements for which `fn` gives true. */
  filter<U extends T>(fn: (value: T) => value is U, options?: StepOptions): Stream<U>
  filter(fn: (value: T) => boolean | Promise<boolean>, options?: StepOptions): Stream<T>
  filter(fn: (value: T) => unknown, options: StepOptions = {}): Stream<T> {
    return new Stream(this.scope, this.addFilter(fn, options))
  }

  /** Makes any number of elements of each. */
  flatMap<U>(fn: (value: T) => Iterable<U> | Promise<Iterable<U>>, options: StepOptions = {}): Stream<U> {
    return new Stream(this.scope, this.addFlatMap(fn, options))
  }

  /** Calls `fn` with each element and passes the element on. */
  peek(fn: (value: T) => void | Promise<void>, options: StepOptions = {}): Stream<T> {
    return new Stream(this.scope, this.addMap('peek', passOn(fn), options))
  }

  /**
   * Makes one element of each with several asynchronous calls under way. They delay no commit: after
   * a restart, elements whose call had not settled are given to `fn` again.
   */
  mapAsync<U>(fn: (value: T) => Promise<U>, options: MapAsyncOptions = {}): Stream<U> {
    return new Stream(this.scope, this.addAsync(fn, options))
  }

  /** All elements of this stream and the others, in the order in which they come. */
  merge<U>(...others: readonly Stream<U>[]): Stream<T | U> {
    const inputs = [this.port, ...others.map(other => other.port)]
    return new Stream(this.scope, this.addStep({ kind: 'merge' }, 'merge', NATURES.merge, {}, inputs))
  }

  /**
   * Says when each element happened: `timeOf` gives epoch milliseconds (fractions are cut off). The
   * watermark of a source partition is its largest time − `outOfOrder` − 1. Without this step a
   * record's own timestamp counts. Must stand before any `keyBy`.
   */
  eventTime(timeOf: (value: T) => number | Date, options: EventTimeOptions = {}): Stream<T> {
    checkOptions(options, ['outOfOrder', 'idleAfter', 'maxAhead', 'id', 'onError'], 'eventTime')
    const { maxAhead = DEFAULT_MAX_AHEAD } = options
    return new Stream(
      this.scope,
      this.#addTime('eventTime', options, {
        timeOf: timeOf as (value: unknown) => unknown,
        outOfOrderMs: durationMs(options.outOfOrder ?? 0, 'outOfOrder'),
        idleAfterMs: durationMs(options.idleAfter ?? DEFAULT_IDLE_AFTER, 'idleAfter'),
        maxAheadMs: maxAhead === false ? Number.POSITIVE_INFINITY : durationMs(maxAhead, 'maxAhead'),
      }),
    )
  }

  /** Lets each element happen when it is processed. Results then depend on the wall clock. */
  processingTime(options: StepOptions = {}): Stream<T> {
    return new Stream(
      this.scope,
      this.#addTime('processingTime', options, {
        timeOf: undefined,
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
  keyBy<K extends Key>(fn: (value: T) => K, options?: StepOptions): KeyedStream<K, T>
  keyBy(by?: string | ((value: T) => Key), options: StepOptions = {}): KeyedStream<Key, T> {
    const key = keySource(by as string | ((value: unknown) => Key) | undefined)
    return new KeyedStream(
      this.scope,
      this.addStep({ kind: 'exchange', key }, 'keyBy', NATURES.keyBy, options),
    )
  }

  /**
   * Writes each element to a topic, or hands it to a sink of your own. A record's timestamp is that of
   * the source record; that of a window's result is its end − 1.
   */
  to(target: TopicFor<T> | SinkTarget<T>, options: StepOptions = {}): void {
    this.addStep({ kind: 'sink', target: sinkTarget(target) }, 'to', NATURES.to, options)
  }

  /** Prints each element as one line of JSON. At least once: what a crash undid is printed again. */
  print(options: StepOptions = {}): void {
    this.addStep(
      { kind: 'sink', target: { kind: 'connector', open: printSink } },
      'print',
      NATURES.print,
      options,
    )
  }

  /** Collects the elements that were committed, for tests and small results; grows while the app runs. */
  toArray(options: StepOptions = {}): T[] {
    const array: T[] = []
    const open = arraySink(array)
    this.addStep({ kind: 'sink', target: { kind: 'connector', open } }, 'toArray', NATURES.toArray, options)
    return array
  }

  protected addMap(name: 'map' | 'peek', fn: (value: T) => unknown, options: StepOptions): PortRef {
    return this.addStep({ kind: 'map', fn: fn as (value: unknown) => unknown }, name, NATURES[name], options)
  }

  protected addFilter(fn: (value: T) => unknown, options: StepOptions): PortRef {
    return this.addStep(
      { kind: 'filter', fn: fn as (value: unknown) => unknown },
      'filter',
      NATURES.filter,
      options,
    )
  }

  protected addFlatMap(fn: (value: T) => unknown, options: StepOptions): PortRef {
    return this.addStep(
      { kind: 'flatMap', fn: fn as (value: unknown) => unknown },
      'flatMap',
      NATURES.flatMap,
      options,
    )
  }

  protected addAsync(fn: (value: T) => unknown, options: MapAsyncOptions): PortRef {
    const { concurrency = 1, ordered = true } = options
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new GraphError(
        'OPTION_INVALID',
        `mapAsync: concurrency is ${concurrency}; expected a whole number ≥ 1`,
      )
    }
    const timeoutMs = options.timeout === undefined ? undefined : durationMs(options.timeout, 'timeout')
    const step = {
      kind: 'async',
      fn: fn as (value: unknown) => unknown,
      concurrency,
      ordered,
      timeoutMs,
    } as const
    return this.addStep(step, 'mapAsync', NATURES.mapAsync, options)
  }

  protected addStep(
    kind: KindOf<StepDraft>,
    name: string,
    nature: Nature,
    options: StepOptions,
    inputs: readonly PortRef[] = [this.port],
  ): PortRef {
    const onError = policyOf(this.scope, name, options)
    return this.scope.builder.add({ ...kind, id: options.id, name, nature, onError, inputs, within: [] })
  }

  #addTime(name: 'eventTime' | 'processingTime', options: StepOptions, time: TimeSpec): PortRef {
    const logic = { kind: 'time', time } as const
    return this.addStep({ kind: 'process', outputs: [], logic }, name, NATURES[name], options)
  }
}

/** A stream whose elements have a key; `map`, `filter`, `flatMap`, `peek` and `mapAsync` keep it. */
export class KeyedStream<K, T> extends Stream<T> {
  override map<U>(fn: (value: T) => U, options: StepOptions = {}): KeyedStream<K, Awaited<U>> {
    return new KeyedStream(this.scope, this.addMap('map', fn, options))
  }

  override filter<U extends T>(fn: (value: T) => value is U, options?: StepOptions): KeyedStream<K, U>
  override filter(fn: (value: T) => boolean | Promise<boolean>, options?: StepOptions): KeyedStream<K, T>
  override filter(fn: (value: T) => unknown, options: StepOptions = {}): KeyedStream<K, T> {
    return new KeyedStream(this.scope, this.addFilter(fn, options))
  }

  override flatMap<U>(
    fn: (value: T) => Iterable<U> | Promise<Iterable<U>>,
    options: StepOptions = {},
  ): KeyedStream<K, U> {
    return new KeyedStream(this.scope, this.addFlatMap(fn, options))
  }

  override peek(fn: (value: T) => void | Promise<void>, options: StepOptions = {}): KeyedStream<K, T> {
    return new KeyedStream(this.scope, this.addMap('peek', passOn(fn), options))
  }

  override mapAsync<U>(fn: (value: T) => Promise<U>, options: MapAsyncOptions = {}): KeyedStream<K, U> {
    return new KeyedStream(this.scope, this.addAsync(fn, options))
  }

  /** Aggregates the elements of each key per window; a result comes when the watermark has passed the window's end. */
  window(windows: Windows): WindowedStream<K, T> {
    return new WindowedStream(this.scope, this.port, windows)
  }

  /** Aggregates all elements of each key so far; a result comes for each element and replaces the one before. */
  running(): FoldedStream<'running', K, T> {
    return new FoldedStream(this.scope, this.port, undefined)
  }
}

/** The part of a step that its kind decides. */
export type KindOf<D> = D extends StepDraft
  ? Omit<D, 'id' | 'name' | 'nature' | 'onError' | 'inputs' | 'within'>
  : never

/** The policy of a step: its own, else the app's. */
export function policyOf(scope: StreamScope, name: string, options: StepOptions): ResolvedPolicy {
  return resolvePolicy(options.onError ?? scope.onError, `onError of ${options.id ?? name}`)
}

function sinkTarget(given: TopicFor<never> | SinkTarget<never>): SinkStep['target'] {
  const { spec, open } = (given ?? {}) as Partial<TopicFor<never> & SinkTarget<unknown>>
  if (spec !== undefined) return { kind: 'topic', topic: spec }
  if (typeof open === 'function') return { kind: 'connector', open: host => open.call(given, host) }
  throw new GraphError(
    'OPTION_INVALID',
    `to was given ${describeValue(given)}; expected what app.topic(…) gave, or a sink with open()`,
  )
}

function keySource(by: string | ((value: unknown) => Key) | undefined): KeySource {
  if (by === undefined) return { kind: 'record' }
  return typeof by === 'string' ? { kind: 'field', field: by } : { kind: 'function', fn: by }
}
