/** All tasks of one worker, as its loop sees them: what they wait for, owe, and have come to. */
import { SourceInput, type Task } from '../engine/index.ts'
import type { Late } from '../observe/index.ts'
import type { Clock } from '../time/index.ts'
import type { RunFacts } from './prepare.ts'

/** The running tasks of a worker. */
export class TaskSet {
  readonly tasks: readonly Task[]
  readonly #clock: Clock

  constructor(tasks: readonly Task[], clock: Clock) {
    this.tasks = tasks
    this.#clock = clock
  }

  /** Lets sinks make visible what counted before a crash. */
  async recoverSinks(): Promise<void> {
    for (const { parts } of this.tasks) for (const sink of parts.connectors) await sink.recover()
  }

  /** Throws the first failure that no policy covers. */
  throwFailure(): void {
    for (const { parts } of this.tasks) if (parts.scope.failure !== undefined) throw parts.scope.failure
  }

  /** Tells time to steps that go by the clock. */
  tick(): void {
    for (const task of this.tasks) for (const time of task.parts.times) time.tick()
  }

  /** How long until time should be told again, milliseconds. */
  tickIn(): number {
    let soonest = Number.POSITIVE_INFINITY
    for (const task of this.tasks) {
      for (const time of task.parts.times) soonest = Math.min(soonest, time.tickIn())
    }
    return soonest
  }

  /** Lets elements that have waited long enough go on; false when there was none. */
  resumeWaiters(): boolean {
    let resumed = false
    for (const task of this.tasks) {
      for (const waiter of task.parts.scope.waiters) {
        if (waiter.resumeAt() > this.#clock.monotonic()) continue
        waiter.resume()
        resumed = true
      }
    }
    return resumed
  }

  /** How long until an element that waits wants to be tried again, milliseconds. */
  resumeIn(): number {
    let at = Number.POSITIVE_INFINITY
    for (const task of this.tasks) {
      for (const waiter of task.parts.scope.waiters) at = Math.min(at, waiter.resumeAt())
    }
    return at - this.#clock.monotonic()
  }

  /** Whether something is ready that others wait for. */
  hasPending(): boolean {
    const now = this.#clock.now()
    return this.tasks.some(task => task.hasPending(now))
  }

  /** How many bytes wait for the next commit. */
  pendingBytes(): number {
    let bytes = 0
    for (const task of this.tasks) bytes += task.pendingBytes()
    return bytes
  }

  /** Ends inputs that have reached the end of the run; true when all tasks have ended. */
  endReached({ mode, run }: RunFacts): boolean {
    if (mode === 'continuous') return false
    // What comes back from the dead letters may go to any task here, so it comes before every end.
    const inputs = this.tasks.flatMap(task => task.parts.inputs)
    if (inputs.some(input => input.kind === 'retry' && !input.hasEnded)) return false
    const isDrain = mode === 'drain'
    // All of them first: the end of one closes windows in others, whose results may still be under way there.
    for (const task of this.tasks) {
      // What waits above a time step comes before its end.
      if (task.hasInFlight) continue
      for (const input of task.parts.inputs) {
        if (input instanceof SourceInput) input.endIfReached(isDrain)
      }
      if (isDrain) task.endUnfed()
    }
    let ended = true
    for (const task of this.tasks) {
      task.endChannels(run)
      if (!task.hasEnded) ended = false
    }
    return ended
  }

  /** The late elements since the last call, by step. */
  takeLate(): readonly Late[] {
    return this.tasks.flatMap(task =>
      task.parts.processes.flatMap(process => {
        const finallyLate = process.finallyLateSinceCommit
        const count = process.lateSinceCommit + finallyLate
        process.lateSinceCommit = 0
        process.finallyLateSinceCommit = 0
        return count === 0 ? [] : [{ type: 'late', step: process.id, count, finallyLate } as const]
      }),
    )
  }

  /** Frees what the tasks hold. */
  async close(): Promise<void> {
    for (const task of this.tasks) task.close()
    for (const task of this.tasks) {
      for (const connector of task.parts.connectors) await connector.sink.close()
    }
  }
}
