/**
 * The main module of a worker that is a process: answers the calls of its pool, and ends when the
 * process of the pool is gone.
 */
import { deserialize, serialize } from 'node:v8'
import { Worker as Thread } from 'node:worker_threads'
import type { ToPoolWorker } from './pool-messages.ts'
import { moduleEnding } from './pool-worker.ts'
import { serveCalls } from './serve-calls.ts'
import { STEPS_BACK, stepBackAsProcess } from './step-back.ts'

// The terminal sends its signals to the whole process group; stopping is for the pool to say.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))
watchParent(Number(process.argv[2]))
if (process.argv[3] === STEPS_BACK) stepBackAsProcess()
const serve = serveCalls({
  send: answer => process.send?.(answer),
  copy: value => deserialize(serialize(value)) as unknown,
})
process.on('message', (message: ToPoolWorker) => serve(message))

/** A function that never returns would keep this process from hearing of a disconnect. */
function watchParent(parent: number): void {
  const thread = new Thread(new URL(`../orphan-thread${moduleEnding()}`, import.meta.url), {
    workerData: parent,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  })
  thread.unref()
  thread.on('error', () => {})
}
