/** The program of the checkpoint thread. Any message ends it. */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../time/index.ts'
import { runCheckpoints } from './checkpoint-loop.ts'

const stop = new AbortController()
parentPort?.once('message', () => stop.abort())
await runCheckpoints(String(workerData), systemClock, stop.signal)
