/**
 * An output that elements are pushed into from outside: hands them to its readers, depth first, in the
 * order in which they were connected, and says what keeps each unfinished.
 *
 * Invariant: what comes back here while an element is being handed on is noted, and goes next as soon
 * as the reader that led to it returns: the order of recursion without its depth.
 */
import { UsageError } from '../../errors.ts'
import {
  type Context,
  type KeptContext,
  keepContext,
  newContext,
  type RefCounter,
  resumeContext,
} from '../../graph/index.ts'
import type { EmitMeta } from '../../operators/index.ts'
import type { Hold } from '../hold.ts'
import { NOWHERE, type Operator } from '../operator.ts'
import type { Current, Scope } from '../scope.ts'
import type { PushStep } from './push-step.ts'

/** One edge: who reads an output, and by which entrance. */
export interface Edge {
  readonly from: PushOutput
  /** The step that reads; a reader from outside of the graph has none. */
  readonly owner: PushStep | undefined
  /** Whether it closes a loop: then ends do not go round. */
  readonly loops: boolean
  entrance: Operator
}

/** An element that came back. */
interface Frame {
  readonly value: unknown
  readonly context: KeptContext
  readonly hold: Hold | undefined
  /** Who reads when it goes on: a reader that leaves meanwhile moves no other out of its turn. */
  readers: readonly Edge[] | undefined
  next: number
}

/** Somebody who waits for an element, or for the end. */
interface Waiting {
  readonly promise: Promise<void>
  readonly reject: (error: UsageError) => void
}

/** One output of a step. */
export class PushOutput implements Operator {
  /** Whether a step below looks at times, and none on the way gives them: then elements that are emitted here get one. */
  isTimed = false
  readonly scope: Scope
  /** Its name; a main output has none. */
  readonly output: string | undefined
  /** The step whose output it is. */
  owner: PushStep | undefined
  #readers: readonly Edge[] = []
  /** The only reader's entrance, where nobody counts. */
  #only: Operator | undefined
  /** Whether what is handed on can come back here, or is counted: then no reader is called directly. */
  isWatched = false
  /** How many elements have passed, where it is watched. */
  count = 0
  hasEnded = false
  /** Whether somebody looks at the newest element. */
  isShown = false
  /** The newest element, where somebody looks at it. */
  newest: unknown
  readonly #context = newContext()
  readonly #current: Current
  #cameBack: Frame[] = []
  #isDelivering = false
  /** Who waits for what came in here, as long as it is under way. */
  readonly #waiting = new Set<Waiting>()

  constructor(scope: Scope, output: string | undefined) {
    this.scope = scope
    this.output = output
    this.#current = scope.current
  }

  /** The id of that step. */
  get step(): string | undefined {
    return this.owner?.id
  }

  get readers(): readonly Edge[] {
    return this.#readers
  }

  /** Says who reads, or that the entrances of the readers, or `isWatched`, have changed. */
  setReaders(readers: readonly Edge[]): void {
    this.#readers = readers
    const [first] = readers
    this.#only = readers.length === 1 && !this.isWatched ? first?.entrance : undefined
    this.owner?.relink()
    if (readers.length > 0) this.owner?.wakeUp()
  }

  /** From now on everything passes here itself, as what can come back must, and what is counted. */
  watch(): void {
    this.isWatched = true
    this.setReaders(this.#readers)
  }

  /**
   * Nothing comes any more, and nothing is finished: whoever reads from outside of the graph need not wait,
   * and whoever waits for an element hears that it was dropped.
   */
  close(): void {
    this.hasEnded = true
    for (const { promise, reject } of this.#waiting) {
      // Dropping is what was asked for: it is told to those who wait, and is no news to anybody else.
      promise.catch(() => undefined)
      reject(
        new UsageError(
          'the stream was disposed of before this was done, so what waited was dropped: await emit() or end() before dispose()',
        ),
      )
    }
    this.#waiting.clear()
    for (const { owner, entrance } of this.#readers) {
      if (owner === undefined) entrance.advance(Number.POSITIVE_INFINITY, false)
    }
  }

  /** Where the step hands its elements: a single reader is called without a detour. */
  get target(): Operator {
    if (this.#readers.length === 0 && !this.isWatched) return NOWHERE
    return this.#only ?? this
  }

  push(value: unknown, context: Context): void {
    if (this.isShown) this.newest = value
    if (this.#isDelivering) return this.#note(value, context)
    const readers = this.#readers
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
    // The usual case, without a function more: its cost is that of a step.
    const only = this.#only
    if (
      only === undefined ||
      meta !== undefined ||
      current.within !== undefined ||
      this.#isDelivering ||
      this.hasEnded ||
      this.isTimed ||
      isBusy(current)
    ) {
      return this.#done(this.emitHeld(value, meta))
    }
    this.#isDelivering = true
    only.push(value, this.#context)
    if (this.#cameBack.length > 0) this.#goOn()
    this.#isDelivering = false
    return isBusy(current) ? this.#done(this.#finish(NOTHING, undefined)) : undefined
  }

  /** As `emit`, but gives what keeps the element unfinished. */
  emitHeld(value: unknown, meta?: EmitMeta): Hold | undefined {
    if (this.hasEnded)
      throw new UsageError(
        'emit on a stream that has ended or was disposed of: emit before end() and dispose(), or make a new stream',
      )
    meta?.ref?.retain()
    const current = this.#current
    const comesBack = this.#isDelivering || current.within === this.scope
    const context = comesBack ? newContext() : this.#context
    if (meta !== undefined || this.isTimed) this.#describe(context, meta)
    if (comesBack) {
      // Whoever awaits the element that led to this one awaits this one too.
      this.push(value, context)
      releaseLater(current.hold, meta?.ref)
      return undefined
    }
    const { hold, failure } = current
    current.hold = undefined
    current.failure = undefined
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
      hold?.onDone(() => this.scope.tellUnheard(hold))
      throw failure
    }
    if (hold?.isDone !== true) return hold
    if (hold.failure !== undefined) throw hold.failure
    return undefined
  }

  end(): Promise<void> | undefined {
    return this.root(() => this.advance(Number.POSITIVE_INFINITY, false))
  }

  /** Processes something that its caller waits for, until it is done or the output is closed. */
  root(process: () => void): Promise<void> | undefined {
    const hold = this.scope.resume(undefined, process)
    return hold?.isDone === false || hold?.failure !== undefined ? this.#done(hold) : undefined
  }

  /** A promise for what is still under way; it rejects when that is dropped. */
  #done(hold: Hold | undefined): Promise<void> | undefined {
    if (hold === undefined) return undefined
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = { promise, reject }
    this.#waiting.add(waiting)
    hold.onDone(() => {
      this.#waiting.delete(waiting)
      if (hold.failure === undefined) resolve()
      else reject(hold.failure)
    })
    return promise
  }

  #describe(context: Context, meta: EmitMeta | undefined): void {
    const time = meta?.time ?? this.scope.processingTime.now()
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
    releaseLater(hold, ref)
  }

  #note(value: unknown, context: Context): void {
    const hold = this.scope.hold()
    hold?.retain()
    this.#cameBack.push({ value, context: keepContext(context), hold, readers: undefined, next: 0 })
  }

  /** Hands on what came back, and what comes back from that. */
  #goOn(): void {
    const { current } = this.scope
    const outer = current.hold
    const context = newContext()
    const stack: Frame[] = []
    for (;;) {
      // The first that came back goes first: it lies on top.
      for (let last = this.#cameBack.pop(); last !== undefined; last = this.#cameBack.pop()) stack.push(last)
      const top = stack.at(-1)
      if (top === undefined) break
      top.readers ??= this.readers
      const reader = current.failure === undefined ? top.readers[top.next++] : undefined
      // A frame with nothing left leaves first, so that a loop at the end of a graph needs no depth.
      if (top.next >= top.readers.length || reader === undefined) stack.pop()
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

const NOTHING: Pick<Current, 'hold' | 'failure'> = { hold: undefined, failure: undefined }

function releaseLater(hold: Hold | undefined, ref: RefCounter | undefined): void {
  if (hold === undefined) ref?.release()
  else if (ref !== undefined) hold.onDone(() => ref.release())
}

/** Whether a root element is on its way that failed, or that something keeps unfinished. */
function isBusy({ hold, failure }: Current): boolean {
  return hold !== undefined || failure !== undefined
}
