/** The main module of a worker that is a thread: answers the calls of its pool. */
import { parentPort, workerData } from 'node:worker_threads'
import { InternalError } from '../../errors.ts'
import type { ToPoolWorker } from './pool-messages.ts'
import { serveCalls } from './serve-calls.ts'
import { stepBackAsThread } from './step-back.ts'

if (parentPort === null) throw new InternalError('the main module of a pool thread runs outside of a thread')
const port = parentPort
// What `startThread` gave it.
if ((workerData as { readonly stepsBack: boolean }).stepsBack) stepBackAsThread()
const serve = serveCalls({
  send: answer => port.postMessage(answer),
  copy: value => structuredClone(value),
})
port.on('message', (message: ToPoolWorker) => serve(message))
// Nobody can say which call it was; the pool runs it again, so often as it does after a death.
port.on('messageerror', thrown => {
  throw thrown
})
