/** What a pool knows of a worker, thread or process alike. */
import type { Clock } from '../../time/index.ts'
import type { ToPoolWorker } from './pool-messages.ts'

/** A running worker. It does not keep this process alive, unless it is held. */
export interface PoolWorker {
  /** Throws, and sends nothing, for arguments that cannot be copied. */
  send(message: ToPoolWorker): void
  /** Copies as `send` does; throws for what cannot be copied. */
  copy(value: unknown): unknown
  /** Keeps this process alive, until it is released. */
  hold(): void
  release(): void
  /** Lets it end, with nothing in hand; resolves when it is gone. */
  leave(): Promise<void>
  /** Ends it at once, also in the middle of a call; resolves when it is gone. */
  kill(): Promise<void>
}

/** What a worker tells its pool. */
export interface PoolWorkerListener {
  message(message: unknown): void
  /** It is gone, and how, in words for people. Comes once, the last. */
  exited(how: string): void
}

/** What workers are started with. */
export interface PoolWorkerOptions {
  readonly number: number
  /** The most that its heap may take, MB; undefined: what Node allows. */
  readonly maxHeapMb: number | undefined
  /** Whether others go first where there are not CPUs enough for all. */
  readonly stepsBack: boolean
  readonly clock: Clock
  readonly listener: PoolWorkerListener
}

/** The ending of this file's neighbours, in sources and in the built package alike. */
export function moduleEnding(): string {
  return import.meta.url.endsWith('.ts') ? '.ts' : '.js'
}
