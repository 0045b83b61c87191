/** What supervisor and worker processes say to each other. */
import type { ErrorCode } from '../errors.ts'
import type { GraphJson } from '../graph/index.ts'
import type { SluiceEvent } from '../observe/index.ts'
import type { RunFacts } from './prepare.ts'

/** From the supervisor to a worker. */
export type ToWorker =
  | {
      readonly type: 'start'
      /** The module whose default export is the app: an absolute path. */
      readonly module: string
      /** The graph that the supervisor has prepared: the worker's must be the same. */
      readonly graph: GraphJson
      readonly brokerUrl: string
      readonly facts: RunFacts
      readonly worker: number
      readonly workers: number
      readonly commitIntervalMs: number
    }
  /** The lowest watermark of the other workers that have something to read. */
  | { readonly type: 'drift'; readonly floor: number }
  /** Everything up to the `asks` with this number has reached the listener. */
  | { readonly type: 'delivered'; readonly number: number }
  /** Finish the element at hand, commit and exit. */
  | { readonly type: 'stop' }

/** From a worker to the supervisor. */
export type FromWorker =
  | { readonly type: 'event'; readonly event: SluiceEvent }
  /** Asks to be told when everything sent so far has reached the listener. */
  | { readonly type: 'asks'; readonly number: number }
  /** The worker is alive, and this is its lowest watermark. */
  | { readonly type: 'alive'; readonly lowest: number }
  /** It has come to the run's end, or has stopped as it was told. */
  | { readonly type: 'done' }
  /** It met something that no policy covers. */
  | {
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly step: string | undefined
      /** The stack of what the user's function threw, if that was it. */
      readonly causeStack: string | undefined
    }
