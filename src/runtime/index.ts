/** Running apps: preparing, workers, the lease. */
export { checkAppName, deadLetterTopic, repartitionTopic, stateTopics } from './names.ts'
export { prepareRun, type RunFacts, type RunMode } from './prepare.ts'
export { DEFAULT_COMMIT_INTERVAL_MS, type Program, type RunOptions, runProgram } from './run.ts'
export { Worker, type WorkerOptions } from './worker.ts'
