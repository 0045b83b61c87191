/**
 * What every family of operators builds on: a handle on one edge, and the ways to add a step behind it.
 */
import type { KernelFactory, Nature, PortRef, StepDraft } from '../graph/index.ts'
import { checkFunction, checkRest } from './check-options.ts'
import { showAs } from './display.ts'
import { NATURES, type OperatorName } from './natures.ts'
import { type KindOf, policyOf, type StepOptions, type StreamScope } from './scope.ts'
import type { KeyedStream, Stream } from './stream.ts'

/** Whether a value is a stream, live or of an app. */
export function isStream(value: unknown): value is BaseStream<unknown> {
  return value instanceof BaseStream
}

/** What has keys of a type. The compiler looks for this alone, and not at all that a stream is. */
export interface HasKey<out K> {
  /** The type of the keys; there is no such field. */
  readonly '~key': K
}

/** A stream of the same kind with other values: what keeps the key of a keyed stream gives a keyed one. */
export type WithValue<S, U> = S extends HasKey<infer K> ? KeyedStream<K, U> : Stream<U>

/** The type of a stream's elements. */
export type ElementOf<S> = S extends BaseStream<infer T> ? T : never

/** How a kernel is added. */
export interface KernelOptions extends StepOptions {
  readonly inputs?: readonly PortRef[]
  /** What pictures and derived ids call the step, where that is not the operator's name. */
  readonly as?: string
  /** The operators that the step was derived within. */
  readonly within?: readonly string[]
  /** Its named outputs, and their ports. */
  readonly outputs?: readonly string[]
  readonly sideOutputs?: readonly PortRef[]
}

/** A handle on one edge of a graph. */
export abstract class BaseStream<out T> {
  protected readonly scope: StreamScope
  protected readonly port: PortRef
  /** The type of the elements; there is no such field. */
  declare protected readonly element: T

  static {
    showAs(BaseStream.prototype, stream => stream.#text())
  }

  constructor(scope: StreamScope, port: PortRef) {
    this.scope = scope
    this.port = port
  }

  /** A stream of the same kind on another edge. */
  protected abstract on(port: PortRef): unknown

  /** Whether each key has state of its own. */
  protected get isKeyed(): boolean {
    return false
  }

  /** The stream behind a step that was added. */
  protected behind<S extends BaseStream<unknown>, U>(this: S, port: PortRef): WithValue<S, U> {
    // `on` makes a stream of the kind of `this`; of what values, only the caller knows.
    return this.on(port) as WithValue<S, U>
  }

  protected addStep(
    kind: KindOf<StepDraft>,
    name: string,
    {
      nature,
      inputs = [this.port],
      within = [],
      outputs: _outputs,
      as: _as,
      sideOutputs = [],
      ...options
    }: KernelOptions & { readonly nature: Nature },
  ): PortRef {
    checkRest(options, name)
    if ('fn' in kind) checkFunction(kind.fn, name)
    const onError = policyOf(this.scope, name, options)
    return this.scope.builder.add({
      ...kind,
      id: options.id,
      name,
      nature,
      onError,
      inputs,
      within,
      sideOutputs,
    })
  }

  #text(): string {
    const { port, isKeyed, scope } = this
    return `${isKeyed ? 'KeyedStream' : 'Stream'}(${port.step ?? port.output})${scope.show?.(port) ?? ''}`
  }

  /** The edge of a stream; for whoever makes operators. */
  static portOf(stream: BaseStream<unknown>): PortRef {
    return stream.port
  }

  /** Where steps behind a stream are added. */
  static scopeOf(stream: BaseStream<unknown>): StreamScope {
    return stream.scope
  }

  /** Adds a stateful step behind a stream; for whoever makes operators. */
  static kernelOn(
    stream: BaseStream<unknown>,
    name: OperatorName,
    factory: KernelFactory,
    options: KernelOptions,
  ): PortRef {
    return stream.addKernel(name, factory, options)
  }

  /** A stream of the same kind on another edge: a keyed one of a keyed one. */
  static onPort(stream: BaseStream<unknown>, port: PortRef): unknown {
    return stream.on(port)
  }

  /** Adds a stateful step. */
  protected addKernel(name: OperatorName, factory: KernelFactory, options: KernelOptions): PortRef {
    const logic = { kind: 'kernel', keyed: this.isKeyed, factory } as const
    const { outputs = [], as = name } = options
    return this.addStep({ kind: 'process', outputs, logic }, as, { ...options, nature: NATURES[name] })
  }
}
