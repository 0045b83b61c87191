/** A worker of a pool that is a thread of this process. */
import { Worker as Thread } from 'node:worker_threads'
import { messageOf } from '../../errors.ts'
import { inheritableByThreads } from './node-arguments.ts'
import { moduleEnding, type PoolWorker, type PoolWorkerOptions } from './pool-worker.ts'

/** Starts a thread. */
export function startThread({ number, maxHeapMb, stepsBack, listener }: PoolWorkerOptions): PoolWorker {
  const execArgv = inheritableByThreads(process.execArgv)
  const thread = new Thread(new URL(`./thread-main${moduleEnding()}`, import.meta.url), {
    name: `sluice pool ${number}`,
    workerData: { stepsBack },
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    ...(maxHeapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }),
  })
  let failure: string | undefined
  const gone = new Promise<void>(resolve => {
    thread.once('exit', code => {
      listener.exited(failure ?? `exit code ${code}`)
      resolve()
    })
  })
  // What is thrown outside of a call, and a heap that is full; the exit follows.
  thread.on('error', thrown => {
    failure = messageOf(thrown)
  })
  // An answer that cannot be read here; nobody can say more of it.
  thread.on('messageerror', thrown => {
    failure = messageOf(thrown)
    void thread.terminate()
  })
  thread.on('message', (message: unknown) => listener.message(message))
  thread.unref()
  const end = async (): Promise<void> => {
    thread.ref()
    await thread.terminate()
    await gone
  }
  return {
    send: message => thread.postMessage(message),
    copy: value => structuredClone(value),
    hold: () => thread.ref(),
    release: () => thread.unref(),
    leave: end,
    kill: end,
  }
}
