/** Tells processes apart: a pid alone may have been given to another process since. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Clock } from '../time/index.ts'

/** A process that can be told from another one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, as the system counts. */
  readonly startedAt: string
}

/** The identity of a living process, or undefined when there is none with this pid. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startElsewhere(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** Kills a process, if it is still the same one, and waits until it is gone; says whether it was there. */
export async function killProcess(identity: ProcessIdentity, clock: Clock): Promise<boolean> {
  const isAlive = (): boolean => identifyProcess(identity.pid)?.startedAt === identity.startedAt
  if (!isAlive()) return false
  try {
    process.kill(identity.pid, 'SIGKILL')
  } catch {
    // It went by itself in this moment, which is what we want.
    return true
  }
  while (isAlive()) await clock.sleep(2)
  return true
}

/** Field 22 of `/proc/PID/stat`: clock ticks since boot. A zombie counts as gone. */
function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function startElsewhere(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return text === '' ? undefined : text
  } catch {
    return undefined
  }
}
