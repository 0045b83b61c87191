/**
 * Which input is read next: what lies in repartition topics first, the deepest exchange before the
 * others; then dead letters that come back, which have waited longest; then the source partition that is furthest
 * behind in event time. Sources of tables come before the other sources, as far as their topics went at the start.
 */
import {
  ExchangeInput,
  type Quiet,
  RetryInput,
  SourceInput,
  type Task,
  type TaskInput,
} from '../engine/index.ts'
import type { Clock } from '../time/index.ts'

/** A source this much ahead of the slowest that has something to read is paused. */
export const MAX_DRIFT_MS = 600_000

/** An input that may be read now. */
export interface Picked {
  readonly task: Task
  readonly input: TaskInput
}

/** Chooses among the inputs of a worker's tasks, which come deepest first. */
export class InputPicker {
  /** The lowest watermark among the sources that have something to read. */
  lowest: number = Number.POSITIVE_INFINITY
  /** Set while a repartition topic is too far behind to take more. */
  sourcesPaused = false
  readonly #exchanges: readonly { readonly task: Task; readonly input: ExchangeInput }[]
  readonly #retries: readonly { readonly task: Task; readonly input: RetryInput }[]
  readonly #sources: readonly { readonly task: Task; readonly input: SourceInput }[]
  readonly #clock: Clock
  #allAtEndSince: number | undefined
  /** Those that are read before the others, each as far as its topic went when the run began. */
  #first: readonly { readonly task: Task; readonly input: SourceInput; readonly until: number }[]

  constructor(tasks: readonly Task[], clock: Clock) {
    this.#clock = clock
    const inputs = tasks.flatMap(task => task.parts.inputs.map(input => ({ task, input })))
    this.#exchanges = inputs.flatMap(({ task, input }) =>
      input instanceof ExchangeInput ? [{ task, input }] : [],
    )
    this.#retries = inputs.flatMap(({ task, input }) =>
      input instanceof RetryInput ? [{ task, input }] : [],
    )
    this.#sources = inputs.flatMap(({ task, input }) =>
      input instanceof SourceInput ? [{ task, input }] : [],
    )
    this.#first = this.#sources
      .filter(({ input }) => input.isFirst)
      .map(source => ({ ...source, until: source.input.position + source.input.describe().lag }))
  }

  /** The input to read next, if any; `driftFloor` is the lowest watermark of other workers. */
  pick(driftFloor: number): Picked | undefined {
    for (const candidate of this.#exchanges) {
      if (candidate.task.parts.scope.blocked === 0 && candidate.input.poll()) return candidate
    }
    if (this.sourcesPaused) return undefined
    return this.#retries.find(({ input }) => input.poll()) ?? this.#pickSource(driftFloor)
  }

  /** Lets sources that have been quiet for long enough become idle. */
  checkIdle(): void {
    const quiet = this.#quiet()
    for (const { task, input } of this.#sources) {
      if (task.inFlight().length > 0) input.stayAwake()
      else input.checkIdle(quiet)
    }
  }

  /** Time has passed in which nothing was read: the quiet of all sources begins anew. */
  stayAwake(): void {
    this.#allAtEndSince = undefined
    for (const { input } of this.#sources) input.stayAwake()
  }

  /** How long until a source may become idle, milliseconds. */
  idleIn(): number {
    const quiet = this.#quiet()
    let soonest = Number.POSITIVE_INFINITY
    for (const { input } of this.#sources) soonest = Math.min(soonest, input.idleIn(quiet))
    return soonest
  }

  #pickSource(driftFloor: number): Picked | undefined {
    if (this.#first.length > 0) {
      this.#first = this.#first.filter(({ input, until }) => input.position < until && input.poll())
      if (this.#first.length > 0) return this.#first.find(({ task }) => task.parts.scope.blocked === 0)
    }
    let best: Picked | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (const candidate of this.#sources) {
      if (!candidate.input.poll()) continue
      const { watermark } = candidate.input
      lowest = Math.min(lowest, watermark)
      if (candidate.task.parts.scope.blocked > 0) continue
      if (best === undefined || watermark < best.input.watermark) best = candidate
    }
    this.lowest = lowest
    return best !== undefined && best.input.watermark <= driftFloor + MAX_DRIFT_MS ? best : undefined
  }

  #quiet(): Quiet {
    const now = this.#clock.monotonic()
    let newestAppend = Number.NEGATIVE_INFINITY
    let allAtEnd = true
    for (const { input } of this.#sources) {
      newestAppend = Math.max(newestAppend, input.newestAppend)
      allAtEnd &&= input.isAtEnd
    }
    if (!allAtEnd) this.#allAtEndSince = undefined
    else this.#allAtEndSince ??= now
    return { newestAppend, allAtEndSince: this.#allAtEndSince, now }
  }
}
