/**
 * Reads one partition of an app's retry topic: dead letters that an operator sent back. Each goes to
 * the step that failed, in the task of the same number, with the context that it had there.
 *
 * It is a channel of its own: it makes no watermark and holds none up, and elements are judged by the
 * entry watermark that they had at first.
 */
import { BatchCursor, type Reader } from '../broker/index.ts'
import type { Codec } from '../codec/index.ts'
import { messageOf } from '../errors.ts'
import { newContext, RETURNING_INPUT, resumeContext } from '../graph/index.ts'
import type { InputProgress } from '../observe/index.ts'
import { type DeadLetter, type DeadLetterBatch, readDeadLetter, writeAgain } from './dead-letter.ts'
import type { Operator } from './operator.ts'
import type { InputProgressState } from './progress.ts'
import type { Scope } from './scope.ts'
import type { Slice } from './slice.ts'
import type { TaskInput } from './task-input.ts'

/** The step that positions in the retry topic belong to; no step of a graph can have this id. */
export const RETRY_STEP = '(retry)'

/** Where an element enters again. */
export interface RetryTarget {
  readonly operator: Operator
  readonly scope: Scope
  /** Decodes the record, for a source; undefined for every other step. */
  readonly codec: Codec<unknown> | undefined
  /** Takes what a source cannot decode this time either. */
  failed(thrown: unknown, context: ReturnType<typeof newContext>): void
}

/** What a retry input is made of. */
export interface RetryParts {
  readonly topic: string
  readonly partition: number
  readonly reader: Reader
  readonly position: number
  readonly epoch: number
  /** Where this run ends; +∞ for a run without end. */
  readonly end: number
  /** By step: the steps of all tasks of this number. */
  readonly targets: ReadonlyMap<string, RetryTarget>
  /** Takes back what no step of this program wants. */
  readonly deadLetters: DeadLetterBatch
  /** That of the task which it is counted to. */
  readonly scope: Scope
}

/** One partition of the retry topic. */
export class RetryInput implements TaskInput {
  readonly kind = 'retry'
  readonly step: string = RETRY_STEP
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  readonly watermark: number = Number.POSITIVE_INFINITY
  position: number
  /** How many elements entered each step. */
  readonly entered: Map<string, number> = new Map<string, number>()
  readonly #parts: RetryParts
  readonly #cursor = new BatchCursor()
  readonly #context = newContext()
  #loaded = false

  constructor(parts: RetryParts) {
    this.#parts = parts
    this.topic = parts.topic
    this.partition = parts.partition
    this.epoch = parts.epoch
    this.position = parts.position
  }

  get isAtEnd(): boolean {
    return this.position >= Math.min(this.#parts.reader.end(), this.#parts.end)
  }

  get hasEnded(): boolean {
    return this.position >= this.#parts.end
  }

  poll(): boolean {
    if (this.#mustWait()) return false
    if (this.#loaded) return true
    const batch = this.hasEnded ? undefined : this.#parts.reader.poll()
    if (batch === undefined) return false
    this.#cursor.load(batch)
    this.#loaded = true
    return true
  }

  run(slice: Slice): void {
    const cursor = this.#cursor
    while (!this.hasEnded && cursor.next()) {
      if (cursor.offset < this.position) continue
      this.#process()
      this.position = cursor.offset + 1
      if (this.#mustWait() || slice.isOver()) {
        this.#loaded = cursor.remaining > 0
        return
      }
    }
    this.#loaded = false
  }

  progress(): Pick<InputProgressState, 'lanes' | 'channels'> {
    return { lanes: {}, channels: [] }
  }

  restore(): void {
    // A position is all that it remembers.
  }

  describe(): InputProgress {
    const { kind, step, partition, position } = this
    const lag = Math.max(0, this.#parts.reader.end() - position)
    return { kind, step, partition, position, lag, watermark: null, idle: lag === 0, channels: [] }
  }

  close(): void {
    this.#parts.reader.close()
  }

  /** Elements go to several tasks: it waits for all of them, and stops when one has failed. */
  #mustWait(): boolean {
    for (const { scope } of this.#parts.targets.values()) {
      if (scope.blocked > 0 || scope.failure !== undefined) return true
    }
    return false
  }

  #process(): void {
    const letter = readDeadLetter(this.#cursor)
    const target = this.#parts.targets.get(letter.step)
    if (target === undefined || letter.element === undefined) return this.#giveBack(letter)
    this.entered.set(letter.step, (this.entered.get(letter.step) ?? 0) + 1)
    const context = this.#context
    const cursor = this.#cursor
    resumeContext(context, letter.element.context)
    context.input = RETURNING_INPUT
    let { value } = letter.element
    if (target.codec !== undefined) {
      context.record = cursor
      try {
        value = target.codec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd)
      } catch (thrown) {
        return target.failed(thrown, context)
      }
    }
    if (target.codec !== undefined || letter.element.unchanged) {
      context.record = cursor
      context.sourceValue = value
    }
    target.operator.push(value, context)
  }

  /** Nothing is lost when the program has no such step any more. */
  #giveBack(letter: DeadLetter): void {
    const { scope, deadLetters } = this.#parts
    const why =
      letter.element === undefined
        ? 'its element could not be kept'
        : `the program has no step "${letter.step}" any more`
    const message = messageOf(`cannot be retried, as ${why}; it failed with: ${letter.error}`)
    writeAgain(deadLetters.batch, this.#cursor, message)
    scope.counters.deadLetters++
    scope.publish({ type: 'error', code: 'STEP_FAILED', message, step: letter.step, action: 'deadLettered' })
  }
}
