/** A worker of a pool that is a process of its own. */
import { fork } from 'node:child_process'
import { deserialize, serialize } from 'node:v8'
import { inheritableByProcesses } from './node-arguments.ts'
import { moduleEnding, type PoolWorker, type PoolWorkerOptions } from './pool-worker.ts'
import { STEPS_BACK } from './step-back.ts'

/** An idle worker has so long to close what its modules have open. */
const LEAVE_GRACE_MS = 1000

/** Starts a process. */
export function startProcess({ maxHeapMb, stepsBack, clock, listener }: PoolWorkerOptions): PoolWorker {
  const child = fork(
    new URL(`./process-main${moduleEnding()}`, import.meta.url),
    // Whose death ends it: asking there would find the next parent, if this one has died already.
    [String(process.pid), stepsBack ? STEPS_BACK : ''],
    {
      serialization: 'advanced',
      execArgv: [
        ...inheritableByProcesses(process.execArgv),
        ...(maxHeapMb === undefined ? [] : [`--max-old-space-size=${maxHeapMb}`]),
      ],
    },
  )
  const gone = new AbortController()
  const exited = new Promise<void>(resolve => {
    gone.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const tellExit = (how: string): void => {
    if (gone.signal.aborted) return
    gone.abort()
    listener.exited(how)
  }
  child.on('message', (message: unknown) => listener.message(message))
  child.on('exit', (code, signal) => {
    const how = signal ?? `exit code ${code}`
    // What it said before it died may still be on its way.
    if (child.connected) child.once('disconnect', () => tellExit(how))
    else tellExit(how)
  })
  child.on('error', thrown => {
    if (child.pid === undefined) return tellExit(thrown.message)
    // Something is wrong with the way between us; what the worker had in hand will run again.
    child.kill('SIGKILL')
  })
  const release = (): void => {
    child.unref()
    child.channel?.unref()
  }
  const hold = (): void => {
    child.ref()
    child.channel?.ref()
  }
  const kill = (): Promise<void> => {
    if (!gone.signal.aborted) hold()
    child.kill('SIGKILL')
    return exited
  }
  release()
  return {
    send: message => {
      // One that has died takes nothing, and its exit is about to be told.
      if (child.connected) child.send(message, () => {})
    },
    copy: value => deserialize(serialize(value)) as unknown,
    hold,
    release,
    leave: async () => {
      if (gone.signal.aborted) return
      hold()
      if (child.connected) child.disconnect()
      await clock.sleep(LEAVE_GRACE_MS, gone.signal)
      await kill()
    },
    kill,
  }
}
