/** The one way in which a worker makes anything durable: all its tasks, in one commit. */
import type { Append, CommitRequest, Group, InputCommit } from '../broker/index.ts'
import { encodeProgress, type Task, type TaskInput } from '../engine/index.ts'
import { SluiceError } from '../errors.ts'
import { Latency } from '../observe/index.ts'
import type { Clock } from '../time/index.ts'

interface Committed {
  next: number
  progress: Uint8Array
}

/** Collects and writes the commits of one worker. */
export class Committer {
  readonly #group: Group
  readonly #clock: Clock
  readonly #tasks: readonly Task[]
  readonly #committed = new Map<TaskInput, Committed>()
  /** How long commits took that wrote something, waits for a full disk included. */
  readonly latency: Latency = new Latency()

  constructor(group: Group, clock: Clock, tasks: readonly Task[]) {
    this.#group = group
    this.#clock = clock
    this.#tasks = tasks
    for (const task of tasks) {
      for (const input of task.parts.inputs) {
        this.#committed.set(input, { next: input.position, progress: new Uint8Array(0) })
      }
    }
  }

  /**
   * Commits everything that was done since the last time. A broker that is full or away is asked
   * again with the same request until `signal` is aborted; then, and when fenced, this throws.
   */
  async commit(signal: AbortSignal, waiting: (error: SluiceError) => void): Promise<void> {
    for (const task of this.#tasks) task.tellWatermarks()
    // Watermarks, here or at the end of the input, make windows fire: what failed then must not be committed.
    for (const { parts } of this.#tasks) if (parts.scope.failure !== undefined) throw parts.scope.failure
    const connectors = this.#tasks.flatMap(task => task.parts.connectors.filter(sink => sink.hasPending))
    for (const connector of connectors) await connector.prepare()
    const now = this.#clock.now()
    const prepared = this.#tasks.map(task => ({ task, ...task.prepare(now) }))
    const inputs = prepared.flatMap(({ task, appends }) => this.#inputsOf(task, appends.length > 0))
    const appends: readonly Append[] = prepared.flatMap(part => part.appends)
    const purges = prepared.flatMap(part => part.purges).concat(this.#consumed(inputs))
    const rows = inputs.concat(connectors.map(connector => connector.row))
    const isEmpty = rows.length + appends.length + purges.length === 0
    const bases = isEmpty ? [] : await this.#write({ inputs: rows, appends, purges }, signal, waiting)
    let from = 0
    for (const { task, appends: own } of prepared) {
      task.committed(bases.slice(from, from + own.length))
      from += own.length
    }
    for (const connector of connectors) await connector.commit()
  }

  /** The inputs of a task whose rows change, or all where it has anything to append: fenced together. */
  #inputsOf(task: Task, writes: boolean): readonly InputCommit[] {
    const inFlight = task.inFlight()
    const rows: InputCommit[] = []
    task.parts.inputs.forEach((input, number) => {
      const last = this.#committed.get(input)
      if (last === undefined) return
      const progress = encodeProgress({
        version: 1,
        ...input.progress(),
        inFlight: number === 0 ? inFlight : [],
      })
      const changed = input.position !== last.next || Buffer.compare(progress, last.progress) !== 0
      if (!changed && !writes) return
      const { step, partition, epoch, position: next } = input
      rows.push({ step, partition, epoch, from: last.next, next, progress })
      last.next = next
      last.progress = progress
    })
    return rows
  }

  /** What was read of the app's own topics is needed no more. */
  #consumed(inputs: readonly InputCommit[]): CommitRequest['purges'] {
    return this.#tasks.flatMap(task =>
      task.parts.inputs.flatMap(input => {
        if (input.kind === 'source') return []
        const row = inputs.find(
          candidate => candidate.step === input.step && candidate.partition === input.partition,
        )
        if (row === undefined || row.next === row.from) return []
        return [{ topic: input.topic, partition: input.partition, before: row.next }]
      }),
    )
  }

  async #write(
    request: CommitRequest,
    signal: AbortSignal,
    waiting: (error: SluiceError) => void,
  ): Promise<readonly number[]> {
    const startedAt = this.#clock.monotonic()
    for (let backOffMs = 50; ; backOffMs = Math.min(backOffMs * 2, 2000)) {
      try {
        const bases = await this.#group.commit(request)
        this.latency.add(this.#clock.monotonic() - startedAt)
        return bases
      } catch (thrown) {
        if (!(thrown instanceof SluiceError) || !thrown.retryable || signal.aborted) throw thrown
        waiting(thrown)
        await this.#clock.sleep(backOffMs, signal)
      }
    }
  }
}
