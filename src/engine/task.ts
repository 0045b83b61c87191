/** One compiled fragment × one index: the unit of work, of state and of progress. */
import type { Append } from '../broker/index.ts'
import type { Purge, StateLog } from '../state/index.ts'
import type { ConnectorSink } from './connector-sink.ts'
import type { DeadLetterBatch } from './dead-letter.ts'
import type { ExchangeEntrance } from './exchange-entrance.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'
import type { ProcessOperator } from './process-operator.ts'
import type { StoredElement } from './progress.ts'
import type { Scope } from './scope.ts'
import type { StepOperator } from './step-operator.ts'
import type { TaskInput } from './task-input.ts'
import type { TopicSender } from './topic-exchange.ts'
import type { TopicSink } from './topic-sink.ts'
import type { WatermarkOperator } from './watermark-operator.ts'

/** Everything in a task that the loop and the commit have to reach. */
export interface TaskParts {
  /** Its name, which is that of its channel behind an exchange. */
  readonly name: string
  readonly index: number
  readonly scope: Scope
  readonly inputs: readonly TaskInput[]
  readonly entrances: ReadonlyMap<string, ExchangeEntrance>
  /** What stands below exchanges of which this task has no shard. */
  readonly unfed: readonly Operator[]
  readonly times: readonly WatermarkOperator[]
  /** All operators that may have elements in flight, by step. */
  readonly steps: ReadonlyMap<string, StepOperator>
  /** Where an element enters each step, sources and merges apart. */
  readonly operators: ReadonlyMap<string, Operator>
  readonly failures: ReadonlyMap<string, FailureHandler>
  readonly processes: readonly ProcessOperator[]
  readonly stateLogs: readonly StateLog[]
  readonly senders: readonly TopicSender[]
  readonly sinks: readonly TopicSink[]
  readonly connectors: readonly ConnectorSink[]
  readonly deadLetters: DeadLetterBatch
  readonly deadLetterTopic: string
  /** The partition that it writes to: a task may have no shard of its own. */
  readonly deadLetterPartition: number
}

/** What a task has to add to a commit. */
export interface TaskCommit {
  readonly appends: readonly Append[]
  readonly purges: readonly Purge[]
}

/** A running task. */
export class Task {
  readonly parts: TaskParts
  /** How many appends each state log added to the commit under way. */
  #logAppends: readonly number[] = []

  constructor(parts: TaskParts) {
    this.parts = parts
  }

  /** Whether every input has come to the end of this run and nothing is in flight. */
  get hasEnded(): boolean {
    return (
      this.parts.inputs.every(input => input.hasEnded) &&
      !this.hasInFlight &&
      !this.parts.processes.some(process => process.isWaiting)
    )
  }

  /** Whether an element is in flight. */
  get hasInFlight(): boolean {
    for (const operator of this.parts.steps.values()) if (operator.inFlightCount > 0) return true
    return false
  }

  /** Whether something is ready that others wait for. */
  hasPending(now: number): boolean {
    const { sinks, senders, connectors, deadLetters } = this.parts
    return (
      deadLetters.batch.count > 0 ||
      sinks.some(sink => sink.hasPending) ||
      connectors.some(sink => sink.hasPending) ||
      senders.some(sender => sender.hasPending(now))
    )
  }

  /** How many bytes wait for the next commit. */
  pendingBytes(): number {
    let bytes = this.parts.deadLetters.batch.length
    for (const sink of this.parts.sinks) bytes += sink.pendingBytes
    for (const sender of this.parts.senders) bytes += sender.pendingBytes
    return bytes
  }

  /** The elements in flight, for progress. */
  inFlight(): readonly StoredElement[] {
    const elements: StoredElement[] = []
    for (const [step, operator] of this.parts.steps) {
      for (const { value, context } of operator.inFlight()) elements.push({ step, value, context })
    }
    return elements
  }

  /** Lets every watermark take effect below, whether or not a timer waits for it. */
  tellWatermarks(): void {
    for (const time of this.parts.times) time.tell()
  }

  /** For a drain: lets event time end where nothing ever comes. May be called again and again. */
  endUnfed(): void {
    for (const time of this.parts.times) time.endIfEmpty()
    for (const operator of this.parts.unfed) operator.advance(Number.POSITIVE_INFINITY, false)
  }

  /**
   * Tells the receivers of its exchanges which of them have ended in this run. Only what is above an
   * exchange counts: a task may itself be among the receivers.
   */
  endChannels(run: number): void {
    const { inputs, senders, steps } = this.parts
    const inFlight = [...steps].flatMap(([step, operator]) => (operator.inFlightCount > 0 ? [step] : []))
    for (const sender of senders) {
      if (inputs.some(input => !input.hasEnded && sender.dependsOn(input.step))) continue
      if (!inFlight.some(step => sender.isBelow(step))) sender.end(run)
    }
  }

  /** What it has to add to a commit; state logs first, so that `committed` finds their offsets. */
  prepare(now: number): TaskCommit {
    const { stateLogs, sinks, senders, deadLetters, deadLetterTopic, deadLetterPartition } = this.parts
    const appends: Append[] = []
    const purges: Purge[] = []
    const counts: number[] = []
    for (const log of stateLogs) {
      const prepared = log.prepare(now)
      appends.push(...prepared.appends)
      purges.push(...prepared.purges)
      counts.push(prepared.appends.length)
    }
    this.#logAppends = counts
    for (const sender of senders) appends.push(...sender.flush(now))
    for (const sink of sinks) appends.push(...sink.flush())
    const batch = deadLetters.batch.build()
    if (batch !== undefined) appends.push({ topic: deadLetterTopic, partition: deadLetterPartition, batch })
    return { appends, purges }
  }

  /** The commit is durable; `bases` are the offsets of its appends. */
  committed(bases: readonly number[]): void {
    let from = 0
    this.parts.stateLogs.forEach((log, number) => {
      const count = this.#logAppends[number] ?? 0
      log.committed(bases.slice(from, from + count))
      from += count
    })
  }

  /** Frees what it holds; calls that are under way hear that nobody waits for them. */
  close(): void {
    for (const operator of this.parts.steps.values()) operator.close()
    for (const input of this.parts.inputs) input.close()
  }
}
