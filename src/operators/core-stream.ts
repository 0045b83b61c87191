/** The operators that are core kinds, one step each, and the ways out. */
import type { SinkTarget } from '../connect/index.ts'
import { describeValue, GraphError } from '../errors.ts'
import type { PortRef, SinkStep } from '../graph/index.ts'
import { type Duration, durationMs } from '../time/index.ts'
import { BaseStream, type WithValue } from './base-stream.ts'
import { arraySink, printSink } from './collectors.ts'
import { NATURES } from './natures.ts'
import { passOn } from './pass-on.ts'
import { type StepOptions, wholeNumber } from './scope.ts'
import type { Stream } from './stream.ts'
import type { TopicFor } from './topic.ts'

/** Options of `mapAsync`. */
export interface MapAsyncOptions extends StepOptions {
  /** How many calls may be under way at a time; the default is 1. */
  readonly concurrency?: number
  /** Whether results come in the order of their elements; the default is true. */
  readonly ordered?: boolean
  /** A call that takes longer has failed. */
  readonly timeout?: Duration
}

type AnyFunction = (value: unknown) => unknown

/** Operators that make elements of elements, one step each. */
export abstract class CoreStream<out T> extends BaseStream<T> {
  /** Makes one element of each. A promise that `fn` returns is awaited, one at a time and in order. */
  map<U, S extends CoreStream<T> = Stream<T>>(
    this: S,
    fn: (value: T) => U,
    options: StepOptions = {},
  ): WithValue<S, Awaited<U>> {
    return this.behind(this.addMap('map', fn, options))
  }

  /** Keeps the elements for which `fn` gives true. */
  filter<U extends T, S extends CoreStream<T> = Stream<T>>(
    this: S,
    fn: (value: T) => value is U,
    options?: StepOptions,
  ): WithValue<S, U>
  filter<S extends CoreStream<T>>(
    this: S,
    fn: (value: T) => boolean | Promise<boolean>,
    options?: StepOptions,
  ): WithValue<S, T>
  filter<S extends CoreStream<T>>(
    this: S,
    fn: (value: T) => unknown,
    options: StepOptions = {},
  ): WithValue<S, T> {
    return this.behind(this.addFilter('filter', fn, options))
  }

  /** Drops the elements for which `fn` gives true: the opposite of `filter`. */
  remove<S extends CoreStream<T>>(
    this: S,
    fn: (value: T) => boolean | Promise<boolean>,
    options: StepOptions = {},
  ): WithValue<S, T> {
    const keeps = (value: T): boolean | Promise<boolean> => {
      const result = fn(value)
      return result instanceof Promise ? result.then(removes => !removes) : !result
    }
    return this.behind(this.addFilter('remove', keeps, options))
  }

  /** Makes any number of elements of each. */
  flatMap<U, S extends CoreStream<T> = Stream<T>>(
    this: S,
    fn: (value: T) => Iterable<U> | Promise<Iterable<U>>,
    options: StepOptions = {},
  ): WithValue<S, U> {
    return this.behind(this.addFlatMap('flatMap', fn, options))
  }

  /** Calls `fn` with each element and passes the element on. A promise that it returns is awaited. */
  peek<S extends CoreStream<T>>(
    this: S,
    fn: (value: T) => unknown,
    options: StepOptions = {},
  ): WithValue<S, T> {
    return this.behind(this.addMap('peek', passOn(fn), options))
  }

  /**
   * Makes one element of each with several asynchronous calls under way. They delay no commit: after
   * a restart, elements whose call had not settled are given to `fn` again.
   */
  mapAsync<U, S extends CoreStream<T> = Stream<T>>(
    this: S,
    fn: (value: T) => Promise<U>,
    options: MapAsyncOptions = {},
  ): WithValue<S, U> {
    const { concurrency = 1, ordered = true, timeout, ...rest } = options
    const step = {
      kind: 'async',
      fn: fn as AnyFunction,
      concurrency: wholeNumber(concurrency, 'mapAsync: concurrency'),
      ordered,
      timeoutMs: timeout === undefined ? undefined : durationMs(timeout, 'timeout'),
    } as const
    return this.behind(this.addStep(step, 'mapAsync', { ...rest, nature: NATURES.mapAsync }))
  }

  /** All elements of this stream and the others, in the order in which they come. */
  merge<U>(...others: readonly BaseStream<U>[]): Stream<T | U> {
    const inputs = [this.port, ...others.map(other => BaseStream.portOf(other))]
    // A merge of keyed streams has no key, so what comes of it is a plain stream.
    return this.plain(this.addStep({ kind: 'merge' }, 'merge', { inputs, nature: NATURES.merge })) as Stream<
      T | U
    >
  }

  /**
   * Writes each element to a topic, or hands it to a sink of your own. A record's timestamp is that of
   * the source record; that of a window's result is its end − 1.
   */
  to(target: TopicFor<T> | SinkTarget<T>, options: StepOptions = {}): void {
    this.addSink('to', sinkTarget(target), options)
  }

  /** Calls `fn` with each element. A promise that it returns is awaited, one at a time and in order. What it gives can be detached. */
  sink(fn: (value: T) => unknown, options: StepOptions = {}): Stream<T> {
    return this.plain(this.addSink('sink', { kind: 'function', fn: fn as AnyFunction }, options)) as Stream<T>
  }

  /** Prints each element as one line of JSON. At least once: what a crash undid is printed again. */
  print(options: StepOptions = {}): void {
    this.addSink('print', { kind: 'connector', open: printSink }, options)
  }

  /** Collects the elements that were committed, for tests and small results; grows while the app runs. */
  toArray(options: StepOptions = {}): T[] {
    const array: T[] = []
    this.addSink('toArray', { kind: 'connector', open: arraySink(array) }, options)
    return array
  }

  /** A stream without a key on another edge. */
  protected abstract plain(port: PortRef): Stream<unknown>

  protected addMap(
    name: 'map' | 'peek' | 'starmap' | 'pluck',
    fn: (value: T) => unknown,
    options: StepOptions,
  ): PortRef {
    return this.addStep({ kind: 'map', fn: fn as AnyFunction }, name, { ...options, nature: NATURES[name] })
  }

  protected addFilter(name: 'filter' | 'remove', fn: (value: T) => unknown, options: StepOptions): PortRef {
    return this.addStep({ kind: 'filter', fn: fn as AnyFunction }, name, {
      ...options,
      nature: NATURES[name],
    })
  }

  protected addFlatMap(
    name: 'flatMap' | 'flatten',
    fn: (value: T) => unknown,
    options: StepOptions,
  ): PortRef {
    return this.addStep({ kind: 'flatMap', fn: fn as AnyFunction }, name, {
      ...options,
      nature: NATURES[name],
    })
  }

  protected addSink(
    name: 'to' | 'sink' | 'print' | 'toArray',
    target: SinkStep['target'],
    options: StepOptions,
  ): PortRef {
    return this.addStep({ kind: 'sink', target }, name, { ...options, nature: NATURES[name] })
  }
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
