/**
 * Elements between a producer and a slower consumer, of a live stream: `buffer` lets the producer run
 * ahead, `latest` keeps only the newest. One element is below at a time, besides those that wait.
 */
import {
  type Context,
  type HeldBack,
  type KeptContext,
  type Kernel,
  type KernelFactory,
  type KernelHost,
  keepContext,
  newContext,
  releaseRefs,
  resumeContext,
  retainRefs,
} from '../../graph/index.ts'

/** How many may wait, and what happens to the others. */
export interface BufferRules {
  readonly name: 'buffer' | 'latest'
  /** How many wait before producers do. */
  readonly capacity: number
  /** Whether a newer element takes the place of one that waits. */
  readonly newestOnly: boolean
}

interface Waiting {
  readonly value: unknown
  readonly context: KeptContext
  heldBack: HeldBack | undefined
}

/** The kernel factory of a buffer. */
export function bufferKernel(rules: BufferRules): KernelFactory {
  return { fingerprint: rules.name, open: host => new BufferKernel(rules, host) }
}

class BufferKernel implements Kernel {
  readonly #rules: BufferRules
  readonly #host: KernelHost
  readonly #context = newContext()
  #queue: Waiting[] = []
  #isBusy = false

  constructor(rules: BufferRules, host: KernelHost) {
    this.#rules = rules
    this.#host = host
  }

  push(value: unknown, context: Context): void {
    if (this.#rules.newestOnly) this.#forget()
    retainRefs(context.refs)
    const waiting: Waiting = { value, context: keepContext(context), heldBack: undefined }
    if (this.#isBusy && this.#queue.length >= this.#rules.capacity) waiting.heldBack = this.#host.holdBack()
    this.#queue.push(waiting)
    if (!this.#isBusy) this.#give()
  }

  due(): number {
    return Number.POSITIVE_INFINITY
  }

  advance(): void {
    // Watermarks wait behind the elements: see `waits`.
  }

  waits(): boolean {
    return this.#isBusy || this.#queue.length > 0
  }

  /** Gives out one after the other, for as long as each is done with at once. */
  #give(): void {
    this.#isBusy = true
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      const { refs } = next.context
      resumeContext(this.#context, next.context)
      const isDone = this.#host.emitApart(next.value, this.#context, () => {
        releaseRefs(refs)
        this.#give()
      })
      if (!isDone) return
      releaseRefs(refs)
    }
    this.#isBusy = false
  }

  #take(): Waiting | undefined {
    const next = this.#queue.shift()
    const freed = this.#queue[this.#rules.capacity - 1]
    freed?.heldBack?.release()
    if (freed !== undefined) freed.heldBack = undefined
    return next
  }

  #forget(): void {
    for (const { context } of this.#queue) releaseRefs(context.refs)
    this.#queue = []
  }
}
