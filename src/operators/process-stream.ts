/** Process functions on streams: handlers with cells, timers and side outputs. */
import { describeValue, GraphError } from '../errors.ts'
import type { KernelFactory, PortRef } from '../graph/index.ts'
import { BaseStream, type ElementOf, type HasKey, type WithValue } from './base-stream.ts'
import { type ProcessOptions, STEP_NAME } from './core-stream.ts'
import { NATURES } from './natures.ts'
import { PartsStream } from './parts-stream.ts'
import type { PlainCellSpec } from './process/cell-specs.ts'
import {
  checkDefinition,
  type Definition,
  fingerprintOfDefinition,
  LATE_OUTPUT,
  readsFingerprint,
} from './process/definition.ts'
import type {
  BroadcastFunction,
  CellSpecs,
  None,
  OutputSpecs,
  OutputValues,
  ProcessFunction,
  TimerSpecs,
} from './process/process-function.ts'
import { ProcessKernel } from './process/process-kernel.ts'
import type { StepOptions } from './scope.ts'
import type { KeyedStream, Stream } from './stream.ts'

/** The key of a stream's elements; undefined where they have none. */
export type KeyOf<S> = S extends HasKey<infer K> ? K : undefined

/** What comes out of a process function: the elements that its handlers gave, and its side outputs. */
export type Processed<S, T, U, O> = WithValue<S, U> & {
  /** The side outputs, by name. */
  readonly outputs: { readonly [N in keyof O]: WithValue<S, OutputValues<O>[N]> }
  /** The elements that came too late for every window of the cells, unchanged; `onElement` has not seen them. */
  readonly late: WithValue<S, T>
}

/** `process` with a process function. */
export abstract class ProcessStream<out T> extends PartsStream<T> {
  override process<U, S extends BaseStream<unknown> = Stream<T>>(
    this: S,
    name: string,
    factory: KernelFactory<ElementOf<S>, U>,
    options?: ProcessOptions,
  ): WithValue<S, U>
  /**
   * Adds a step of your own with state per key: `onElement` is called with each element, `onTimer` when a timer
   * is due that a handler has set, `onClose` when a window has passed, `onEnd` when a drain has brought the end.
   * What they return is given out. State, timers and what a call gives out are committed together with the
   * input, and restored after a crash. On a stream without keys, state is per source partition.
   *
   * ```ts
   * const silences = readings.keyBy('sensor').process('silence', {
   *   state: { last: value<number>() },
   *   timers: { gone: 'event' },
   *   onElement(reading, { state, timers }) {
   *     state.last.set(reading.time)
   *     timers.gone.set(reading.time + 30_000)
   *   },
   *   onTimer: (timer, { key, state }) => [{ sensor: key, since: state.last.get() }],
   * })
   * ```
   */
  override process<
    U1 = never,
    U2 = never,
    U3 = never,
    U4 = never,
    C extends CellSpecs = None,
    Ti extends TimerSpecs = None,
    O extends OutputSpecs = None,
    S extends BaseStream<unknown> = Stream<T>,
  >(
    this: S,
    name: string,
    definition: ProcessFunction<KeyOf<S>, ElementOf<S>, C, Ti, O, U1, U2, U3, U4>,
    options?: ProcessOptions,
  ): Processed<S, ElementOf<S>, U1 | U2 | U3 | U4, O>
  override process(name: string, given: unknown, options: ProcessOptions = {}): unknown {
    if (isFactory(given)) return super.process(name, given, options)
    const definition = checkDefinition(checkName(name), given, false)
    return this.addProcess(name, definition, { ...options, inputs: [this.port] })
  }

  /** Adds the step of a process function, and gives the streams that come out of it. */
  protected addProcess(
    name: string,
    definition: Definition,
    {
      inputs,
      order = 'perChannel',
      processingTime = definition.usesClock,
      ...options
    }: ProcessOptions & { readonly inputs: readonly PortRef[] },
  ): unknown {
    const names = [...definition.outputs, LATE_OUTPUT]
    const hint = `it is an output of process "${name}"`
    const ports = names.map(output => this.scope.builder.sideOutput(output, hint))
    const logic = { kind: 'kernel', keyed: this.isKeyed, factory: factoryOf(definition) } as const
    const nature = { ...NATURES.scan, order, processingTime }
    const step = { kind: 'process', outputs: names, logic } as const
    const main = this.addStep(step, name, { ...options, inputs, nature, sideOutputs: ports })
    const streams = ports.map((port, number) => [names[number] ?? '', this.on(port)] as const)
    const late = this.on(ports.at(-1) ?? main)
    return Object.assign(this.behind(main), { outputs: Object.fromEntries(streams.slice(0, -1)), late })
  }

  /** Adds the step of a process function with a broadcast stream. */
  static addBroadcast(
    stream: ProcessStream<unknown>,
    broadcast: { readonly stream: BaseStream<unknown>; readonly options: StepOptions },
    step: { readonly name: string; readonly given: unknown; readonly options: ProcessOptions },
  ): unknown {
    const definition = checkDefinition(checkName(step.name), step.given, true)
    const exchange = { kind: 'exchange', key: { kind: 'all' } } as const
    const inputs = [BaseStream.portOf(broadcast.stream)]
    const all = stream.addStep(exchange, 'broadcast', { ...broadcast.options, inputs, nature: NATURES.keyBy })
    return stream.addProcess(step.name, definition, { ...step.options, inputs: [stream.port, all] })
  }
}

/** A keyed stream, and one whose elements go to all shards. */
export class BroadcastStream<out K, out T, out B> {
  readonly #stream: KeyedStream<K, T>
  readonly #broadcast: Stream<B>
  readonly #options: StepOptions

  constructor(stream: KeyedStream<K, T>, broadcast: Stream<B>, options: StepOptions) {
    this.#stream = stream
    this.#broadcast = broadcast
    this.#options = options
  }

  /**
   * As `process` of a keyed stream, with a cell that is `shared` by all keys: `onBroadcast` sets it from the
   * elements of the broadcast stream, in each shard, and the other handlers read it. It is state too.
   */
  process<
    Sh extends PlainCellSpec,
    U1 = never,
    U2 = never,
    U3 = never,
    U4 = never,
    C extends CellSpecs = None,
    Ti extends TimerSpecs = None,
    O extends OutputSpecs = None,
  >(
    name: string,
    definition: BroadcastFunction<K, T, B, C, Ti, O, Sh, U1, U2, U3, U4>,
    options: ProcessOptions = {},
  ): Processed<KeyedStream<K, T>, T, U1 | U2 | U3 | U4, O> {
    const broadcast = { stream: this.#broadcast, options: this.#options }
    const added = ProcessStream.addBroadcast(this.#stream, broadcast, { name, given: definition, options })
    // Of what elements it is, the definition says.
    return added as Processed<KeyedStream<K, T>, T, U1 | U2 | U3 | U4, O>
  }
}

function factoryOf(definition: Definition): KernelFactory {
  const fingerprint = fingerprintOfDefinition(definition)
  const { timers, state, shared } = definition
  const waits =
    timers.some(([, time]) => time === 'event') ||
    [...state.map(([, spec]) => spec), ...(shared === undefined ? [] : [shared])].some(
      spec => spec.kind === 'windows' || spec.ttl?.time === 'event',
    )
  return {
    fingerprint,
    reads: stored => readsFingerprint(fingerprint, stored),
    readsTime: waits ? 'watermark' : 'time',
    open: host => new ProcessKernel(definition, host),
    ...(shared === undefined ? {} : { untimed: [1] }),
  }
}

function isFactory(given: unknown): given is KernelFactory {
  return typeof given !== 'object' || given === null || 'open' in given || 'fingerprint' in given
}

function checkName(name: unknown): string {
  if (typeof name === 'string' && STEP_NAME.test(name)) return name
  throw new GraphError(
    'OPTION_INVALID',
    `process was given the name ${describeValue(name)}; expected letters, digits, "_" and "-"`,
  )
}
