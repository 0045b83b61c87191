/** The operators that are core kinds, one step each, and the ways out. */
import type { SinkTarget } from '../connect/index.ts'
import { describeValue, GraphError } from '../errors.ts'
import type { AsyncCall, AsyncStep, KernelFactory, PortRef, SinkStep } from '../graph/index.ts'
import { concurrencyOf, type MapAsyncOptions } from './async-options.ts'
import { BaseStream, type ElementOf, type WithValue } from './base-stream.ts'
import { checkFunction } from './check-options.ts'
import { arraySink, printSink } from './collectors.ts'
import { NATURES } from './natures.ts'
import { passOn } from './pass-on.ts'
import type { StepOptions } from './scope.ts'
import type { Stream } from './stream.ts'
import type { TopicFor } from './topic.ts'

/** What can be part of a step's id, and of the names of its topics. */
export const STEP_NAME: RegExp = /^[\w-]{1,40}$/

/** A function from a stream to a stream: an operator, made of others or of a kernel. */
export type Operator<In, Out> = (stream: Stream<In>) => Stream<Out>

/** Options of `process`. */
export interface ProcessOptions extends StepOptions {
  /** Whether the result depends on the order of elements, as it does by default: then the checks warn where order may change. */
  readonly order?: 'any' | 'perChannel'
  /** Whether it depends on the wall clock: so it does when the kernel asks for `now` or `alarmAt`. */
  readonly processingTime?: boolean
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
    checkFunction(fn, 'remove')
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
    checkFunction(fn, 'peek')
    return this.behind(this.addMap('peek', passOn(fn), options))
  }

  /**
   * Makes one element of each with several asynchronous calls under way; a second argument brings `fn` a
   * signal that is aborted when nobody waits for the call any more. Calls delay no commit: after a restart,
   * elements whose results were not committed are given to `fn` again, and no others. Watermarks wait
   * behind the elements before them. Sources: Flink's asynchronous I/O, RxJS's `mergeMap`.
   */
  mapAsync<U, S extends CoreStream<T> = Stream<T>>(
    this: S,
    fn: (value: T, call: AsyncCall) => Promise<U>,
    options: MapAsyncOptions = {},
  ): WithValue<S, U> {
    checkFunction(fn, 'mapAsync')
    return this.behind(
      this.addAsync('mapAsync', () => fn as (value: unknown, call: AsyncCall) => unknown, options),
    )
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

  /** Writes the rows of a table: null where a key has none any more. */
  static addRows(rows: CoreStream<unknown>, topic: TopicFor<never>, options: StepOptions): void {
    const target = sinkTarget(topic)
    if (target.kind === 'topic') return void rows.addSink('to', { ...target, ofTable: true }, options)
    throw new GraphError(
      'OPTION_INVALID',
      'to was given a sink, and a table is written to a topic: give a sink the rows, table.updates().to(sink), or the changes, table.toChangelog().to(sink)',
    )
  }

  /** Calls `fn` with each element. A promise that it returns is awaited, one at a time and in order. What it gives can be detached. */
  sink(fn: (value: T) => unknown, options: StepOptions = {}): Stream<T> {
    checkFunction(fn, 'sink')
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

  /** Calls functions with the stream, each with what the one before gave; gives what the last one gave. */
  pipe<S extends BaseStream<unknown>, A>(this: S, a: (stream: S) => A): A
  pipe<S extends BaseStream<unknown>, A, B>(this: S, a: (stream: S) => A, b: (stream: A) => B): B
  pipe<S extends BaseStream<unknown>, A, B, C>(
    this: S,
    ...steps: readonly [(stream: S) => A, (stream: A) => B, (stream: B) => C]
  ): C
  pipe<S extends BaseStream<unknown>, A, B, C, D>(
    this: S,
    ...steps: readonly [(stream: S) => A, (stream: A) => B, (stream: B) => C, (stream: C) => D]
  ): D
  pipe<S extends BaseStream<unknown>, A, B, C, D, E>(
    this: S,
    ...steps: readonly [
      (stream: S) => A,
      (stream: A) => B,
      (stream: B) => C,
      (stream: C) => D,
      (stream: D) => E,
    ]
  ): E
  pipe(...steps: readonly ((stream: unknown) => unknown)[]): unknown {
    return steps.reduce((stream: unknown, step) => {
      if (typeof step === 'function') return step(stream)
      throw new GraphError('OPTION_INVALID', `pipe was given ${describeValue(step)}; expected functions`)
    }, this)
  }

  /**
   * Adds a step of your own: the factory opens its logic, a kernel, for each shard of an app, and once for a
   * live stream. `name` is what pictures and derived step ids call it. State, timers and restarts are those
   * of the operators here, which are made in the same way; the kernel's state is found again by the step's
   * id and the factory's `fingerprint`.
   */
  process<U, S extends BaseStream<unknown> = Stream<T>>(
    this: S,
    name: string,
    factory: KernelFactory<ElementOf<S>, U>,
    options?: ProcessOptions,
  ): WithValue<S, U>
  process(
    name: string,
    factory: KernelFactory,
    { order = 'perChannel', processingTime = false, ...options }: ProcessOptions = {},
  ): unknown {
    if (!STEP_NAME.test(name) || typeof factory?.open !== 'function' || !factory.fingerprint) {
      throw new GraphError(
        'OPTION_INVALID',
        `process was given ${describeValue(name)} and ${describeValue(factory)}; expected a name of letters, digits, "_" and "-", and { onElement, … } or a kernel factory, { fingerprint, open }`,
      )
    }
    const nature = { ...NATURES.scan, order, processingTime }
    const logic = { kind: 'kernel', keyed: this.isKeyed, factory } as const
    return this.behind(this.addStep({ kind: 'process', outputs: [], logic }, name, { ...options, nature }))
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

  protected addAsync(
    name: 'mapAsync' | 'lookup',
    open: AsyncStep['open'],
    options: MapAsyncOptions,
  ): PortRef {
    const { concurrency, capacity, order, timeout, breaker, ...rest } = options
    const place = { name, isKeyed: this.isKeyed }
    const step = { kind: 'async', open, ...concurrencyOf(options, place) } as const
    return this.addStep(step, name, { ...rest, nature: NATURES.mapAsync })
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
