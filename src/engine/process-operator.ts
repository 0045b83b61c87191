/** Runs a kernel: the stateful core kind. */
import { shardOfKey } from '../codec/index.ts'
import { describeValue, StepError } from '../errors.ts'
import {
  type Context,
  type Kernel,
  type KernelCounter,
  type KernelHost,
  newContext,
  type Partial,
  type ProcessStep,
} from '../graph/index.ts'
import type { ShardState } from '../state/index.ts'
import type { Operator } from './operator.ts'
import { StepOperator, type StepParts } from './step-operator.ts'

/** What a kernel's operator needs beside the usual parts. */
export interface ProcessParts extends StepParts {
  readonly state: ShardState
  /** The task's number, which is its shard. */
  readonly shard: number
  readonly shards: number
  /** The readers of the side outputs. */
  readonly outputs: ReadonlyMap<string, Operator>
}

/** A stateful step of one shard. */
export class ProcessOperator extends StepOperator implements KernelHost {
  readonly state: ShardState
  readonly id: string
  /** Late elements since the last commit, for telling. */
  lateSinceCommit = 0
  finallyLateSinceCommit = 0
  /** How many elements its main output, and each side output, has given out since the start. */
  emitted = 0
  readonly emittedTo: Map<string, number> = new Map<string, number>()
  readonly #kernel: Kernel
  readonly #shard: number
  readonly #shards: number
  readonly #outputs: ReadonlyMap<string, Operator>
  readonly #timerContext = newContext()
  #watermark = Number.NEGATIVE_INFINITY

  constructor(step: ProcessStep, open: (host: KernelHost) => Kernel, parts: ProcessParts) {
    super(parts)
    this.id = step.id
    this.state = parts.state
    this.#shard = parts.shard
    this.#shards = parts.shards
    this.#outputs = parts.outputs
    this.#kernel = open(this)
  }

  get guarded(): boolean {
    return this.failures.guarded
  }

  override push(value: unknown, context: Context): void {
    if (this.isBusy && this.queued(value, context)) return
    try {
      this.#kernel.push(value, context)
    } catch (thrown) {
      this.failedNow(thrown, value, context)
    }
  }

  override call(value: unknown, context: Context): void {
    this.#kernel.push(value, context)
  }

  override deliver(): void {
    // The kernel has emitted what it had to emit.
  }

  /** Takes a partial aggregate that was made before the exchange. */
  pushPartial(partial: Partial, context: Context): void {
    try {
      this.#kernel.mergePartial?.(partial, context)
    } catch (thrown) {
      this.failures.handle(thrown, partial.state, context)
    }
  }

  override passMark(watermark: number, idle: boolean): void {
    this.#fire(watermark)
    super.passMark(watermark, idle)
    for (const output of this.#outputs.values()) output.advance(watermark, idle)
  }

  emit(value: unknown, context: Context): void {
    this.emitted++
    this.next.push(value, context)
  }

  emitTo(output: string, value: unknown, context: Context): void {
    this.emittedTo.set(output, (this.emittedTo.get(output) ?? 0) + 1)
    this.#outputs.get(output)?.push(value, context)
  }

  count(what: KernelCounter, elements: number): void {
    this.scope.counters[what] += elements
    if (what === 'late') this.lateSinceCommit += elements
    else this.finallyLateSinceCommit += elements
  }

  failed(thrown: unknown, value: unknown, context: Context): void {
    this.failures.handle(thrown, value, context)
  }

  wakeAt(time: number): void {
    for (const due of this.scope.dues) due.wakeAt(time)
  }

  checkKey(context: Context): void {
    if (context.key === undefined) return
    const shard = shardOfKey(context.key, this.#shards)
    if (shard === this.#shard) return
    throw new StepError(
      'KEY_MISPLACED',
      `key ${describeValue(context.key)} belongs to shard ${shard} of ${this.#shards}, but came by partition ${this.#shard}: the topic was written with another partitioner or key than its keyedBy says; write it with Kafka’s default partitioner (murmur2), or leave keyedBy out`,
    )
  }

  #fire(watermark: number): void {
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    this.#kernel.advance(watermark, this.#timerContext)
    this.wakeAt(this.#kernel.due())
  }
}
