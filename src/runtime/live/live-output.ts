/**
 * An output of a step of a live graph: hands elements to its readers, depth first, in the order in
 * which they were connected.
 *
 * Invariant: what comes back here while an element is being handed on is noted, and goes next as soon
 * as the reader that led to it returns: the order of recursion without its depth.
 */
import type { Source } from '../../connect/index.ts'
import { type Current, type Hold, NOWHERE, type Operator } from '../../engine/index.ts'
import { UsageError } from '../../errors.ts'
import {
  type Context,
  type EdgeCount,
  type Graph,
  type KeptContext,
  keepContext,
  newContext,
  type RefCounter,
  resumeContext,
} from '../../graph/index.ts'
import type { EmitMeta, LivePort, Tap } from '../../operators/index.ts'
import type { LiveGraph } from './live-graph.ts'
import type { LiveNode } from './live-node.ts'
import { TapOperator } from './live-tap.ts'
import { componentOf, countEdges, describe, sourcesAbove } from './live-walk.ts'

/** One edge: who reads an output, and by which entrance. */
export interface Reader {
  readonly from: LiveOutput
  readonly node: LiveNode | undefined
  /** Whether it closes a loop: then ends do not go round. */
  readonly loops: boolean
  entrance: Operator
}

/** An element that came back. */
interface Frame {
  readonly value: unknown
  readonly context: KeptContext
  readonly hold: Hold | undefined
  next: number
}

/** One output, main or side. */
export class LiveOutput implements Operator, LivePort {
  readonly graph: LiveGraph
  readonly output: string | undefined
  node: LiveNode | undefined
  readers: readonly Reader[] = []
  /** Whether what is handed on can come back here, or is counted: then no reader is called directly. */
  isWatched = false
  /** How many elements have passed, where it is watched. */
  count = 0
  hasEnded = false
  /** The count when it was last told, and when that was. */
  told: { readonly count: number; readonly at: number } | undefined
  readonly #context = newContext()
  readonly #current: Current
  #cameBack: Frame[] = []
  #isDelivering = false

  constructor(graph: LiveGraph, output: string | undefined) {
    this.graph = graph
    this.output = output
    this.#current = graph.scope.current
  }

  get step(): string | undefined {
    return this.node?.id
  }

  /** Where the step hands its elements: a single reader is called without a detour. */
  get target(): Operator {
    const [only] = this.readers
    if (only === undefined) return this.isWatched ? this : NOWHERE
    return this.readers.length > 1 || this.isWatched ? this : only.entrance
  }

  push(value: unknown, context: Context): void {
    if (this.#isDelivering) return this.#note(value, context)
    const { readers } = this
    this.#isDelivering = true
    this.count++
    for (let number = 0; number < readers.length; number++) {
      readers[number]?.entrance.push(value, context)
      if (this.#cameBack.length > 0) this.#goOn()
      if (this.#current.failure !== undefined) break
    }
    this.#isDelivering = false
  }

  advance(watermark: number, idle: boolean): void {
    if (watermark === Number.POSITIVE_INFINITY) this.hasEnded = true
    for (const { entrance } of this.readers) entrance.advance(watermark, idle)
  }

  emit(value: unknown, meta?: EmitMeta): Promise<void> | undefined {
    const current = this.#current
    const isPlain =
      meta === undefined && !(this.graph.isTimed || this.hasEnded || this.#isDelivering || isBusy(current))
    if (!isPlain) return this.emitHeld(value, meta)?.done()
    this.push(value, this.#context)
    return isBusy(current)
      ? this.#finish({ hold: undefined, failure: undefined }, undefined)?.done()
      : undefined
  }

  /** As `emit`, but gives what keeps the element unfinished. */
  emitHeld(value: unknown, meta?: EmitMeta): Hold | undefined {
    if (this.hasEnded) throw hasEnded(this.step)
    const context = this.#isDelivering ? newContext() : this.#context
    if (meta !== undefined || this.graph.isTimed) this.#describe(context, meta)
    if (this.#isDelivering) {
      this.#note(value, context)
      return undefined
    }
    const current = this.#current
    const { hold, failure } = current
    current.hold = undefined
    current.failure = undefined
    meta?.ref?.retain()
    this.push(value, context)
    return this.#finish({ hold, failure }, meta)
  }

  /** Puts back what was true of the root element around this one, and says what is still under way of this one. */
  #finish(outer: Pick<Current, 'hold' | 'failure'>, meta: EmitMeta | undefined): Hold | undefined {
    const { hold, failure } = this.#current
    this.#current.hold = outer.hold
    this.#current.failure = outer.failure
    if (meta !== undefined) this.#clear(hold, meta.ref)
    if (failure === undefined && hold === undefined) return undefined
    hold?.release()
    if (failure !== undefined) {
      hold?.onDone(() => this.graph.tellUnheard(hold))
      throw failure
    }
    if (hold?.isDone !== true) return hold
    if (hold.failure !== undefined) throw hold.failure
    return undefined
  }

  end(): Promise<void> | undefined {
    const hold = this.graph.scope.resume(undefined, () => this.advance(Number.POSITIVE_INFINITY, false))
    return hold?.isDone === false || hold?.failure !== undefined ? hold.done() : undefined
  }

  connect(to: LiveOutput): void {
    to.node?.connect(this)
  }

  disconnect(from: LiveOutput): void {
    this.node?.disconnect(from)
  }

  flush(): Promise<void> | undefined {
    return this.node?.flush()
  }

  attach(source: Source<unknown>): void {
    this.node?.attach(source)
  }

  async run(): Promise<void> {
    await Promise.all(sourcesAbove(this).map(source => source.run()))
  }

  async stop(): Promise<void> {
    await Promise.all(sourcesAbove(this).map(source => source.stop()))
  }

  tap(tap: Tap): () => void {
    const reader = {
      from: this,
      node: undefined,
      loops: false,
      entrance: new TapOperator(tap, this.graph.scope),
    }
    this.setReaders([...this.readers, reader])
    return () => this.setReaders(this.readers.filter(other => other !== reader))
  }

  deadLetters(): LivePort {
    return this.graph.letters
  }

  async dispose(what: 'step' | 'everything'): Promise<void> {
    if (what === 'step') this.node?.wire([])
    else await Promise.all(componentOf(this).map(node => node.close()))
  }

  describe(): Graph {
    return describe(this)
  }

  counts(): readonly EdgeCount[] {
    return countEdges(this)
  }

  setReaders(readers: readonly Reader[]): void {
    this.readers = readers
    this.node?.relink()
  }

  #describe(context: Context, meta: EmitMeta | undefined): void {
    const time = meta?.time ?? this.graph.scope.processingTime.now()
    context.time = time
    context.timestamp = time
    context.headers = meta?.headers
    context.refs = meta?.ref === undefined ? undefined : [meta.ref]
  }

  /** The context is used again for the next element. */
  #clear(hold: Hold | undefined, ref: RefCounter | undefined): void {
    const context = this.#context
    context.headers = undefined
    context.refs = undefined
    if (ref === undefined) return
    if (hold === undefined) ref.release()
    else hold.onDone(() => ref.release())
  }

  /** Whoever awaits the element that led to this one awaits this one too. */
  #note(value: unknown, context: Context): void {
    const hold = this.graph.scope.hold()
    hold?.retain()
    this.#cameBack.push({ value, context: keepContext(context), hold, next: 0 })
  }

  /** Hands on what came back, and what comes back from that. */
  #goOn(): void {
    const { current } = this.graph.scope
    const outer = current.hold
    const context = newContext()
    const stack: Frame[] = []
    for (;;) {
      // The first that came back goes first: it lies on top.
      for (let last = this.#cameBack.pop(); last !== undefined; last = this.#cameBack.pop()) stack.push(last)
      const top = stack.at(-1)
      if (top === undefined) break
      const reader = current.failure === undefined ? this.readers[top.next++] : undefined
      // A frame with nothing left leaves first, so that a loop at the end of a graph needs no depth.
      if (top.next >= this.readers.length || reader === undefined) stack.pop()
      if (reader !== undefined) {
        current.hold = top.hold
        this.count += top.next === 1 ? 1 : 0
        resumeContext(context, top.context)
        reader.entrance.push(top.value, context)
      } else if (current.failure !== undefined) top.hold?.fail(current.failure)
      if (stack.at(-1) !== top) top.hold?.release()
    }
    current.hold = outer
  }
}

/** Whether a root element is on its way that failed, or that something keeps unfinished. */
function isBusy({ hold, failure }: Current): boolean {
  return hold !== undefined || failure !== undefined
}

function hasEnded(step: string | undefined): UsageError {
  return new UsageError(
    `emit on stream "${step ?? ''}", which has ended: emit before end(), or make a new stream`,
  )
}
