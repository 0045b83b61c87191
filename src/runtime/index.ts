/** Running apps: preparing, workers, the lease. */

export { DEAD_LETTERS_STEP, DeadLetterBox, type LetterFilter, type OpenLetter } from './dead-letters.ts'
export type { Holder } from './lease.ts'
export type { StreamOptions } from './live/index.ts'
export { checkAppName, deadLetterTopic, repartitionTopic, retryTopic, stateTopics } from './names.ts'
export { moduleFunction } from './pool/module-function.ts'
export { openPool } from './pool/pool.ts'
export { fingerprintOf, prepareRun, type RunFacts, type RunMode, readsState } from './prepare.ts'
export { DEFAULT_COMMIT_INTERVAL_MS, type Program, type RunOptions, runProgram } from './run.ts'
export { Stream } from './stream.ts'
export { DEFAULT_WORKER_TIMEOUT_MS, runWorkers, type WorkersOptions } from './supervisor.ts'
export { type VisualizeOptions, visualize } from './visualize.ts'
export { Worker, type WorkerOptions } from './worker.ts'
