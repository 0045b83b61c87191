/**
 * The program of a thread in each worker process, which ends the process when its supervisor has died:
 * what the program of the user does in the main thread, even a function that never returns, cannot
 * keep it from doing so.
 */
import { workerData } from 'node:worker_threads'
import { systemClock } from '../time/index.ts'

const LOOK_EVERY_MS = 500
const supervisor = Number(workerData)

while (process.ppid === supervisor && isAlive(supervisor)) await systemClock.sleep(LOOK_EVERY_MS)
process.kill(process.pid, 'SIGKILL')

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}
