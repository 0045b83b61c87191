/** Running apps: preparing, workers, the lease. */

export { DEAD_LETTERS_STEP, DeadLetterBox, type LetterFilter, type OpenLetter } from './dead-letters.ts'
export {
  type EntriesByShard,
  type ImportOptions,
  type ImportTarget,
  importState,
  importTarget,
} from './import-state.ts'
export type { Holder } from './lease.ts'
export type { StreamOptions } from './live/index.ts'
export { checkAppName, deadLetterTopic, repartitionTopic, retryTopic, stateTopics } from './names.ts'
export { pauseApp, pausedSince, resumeApp } from './pause.ts'
export { moduleFunction } from './pool/module-function.ts'
export { openPool } from './pool/pool.ts'
export { prepareRun, type RunFacts, type RunMode } from './prepare.ts'
export {
  decodeEntry,
  type PlacedEntry,
  type ReadStateOptions,
  readRawState,
  readState,
  type StateEntry,
  type StateSource,
} from './read-state.ts'
export type { StateRename } from './rename-state.ts'
export { DEFAULT_COMMIT_INTERVAL_MS, type Program, type RunOptions, runProgram } from './run.ts'
export type { FromSavepoint } from './savepoint/load-savepoint.ts'
export {
  checkSavepointFile,
  readSavepoint,
  readSavepointHead,
  type SavepointHead,
} from './savepoint/savepoint-file.ts'
export { createSavepoint, type SavepointOptions, type SavepointSummary } from './savepoint/write-savepoint.ts'
export { fingerprintOf, readsState } from './state-fit.ts'
export { type Loading, loadingOf, ownTopics, storedFacts } from './stored-facts.ts'
export { Stream } from './stream.ts'
export { DEFAULT_WORKER_TIMEOUT_MS, runWorkers, type WorkersOptions } from './supervisor.ts'
export { type VisualizeOptions, visualize } from './visualize.ts'
export { Worker, type WorkerOptions } from './worker.ts'
