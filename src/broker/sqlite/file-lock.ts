/**
 * A lock on a file that dies with its holder: an open `BEGIN EXCLUSIVE` on a small SQLite file.
 *
 * The operating system frees it at once when the process ends in whatever way, and keeps it while
 * the process is merely stopped; no clock is involved. SQLite keeps its connections within one
 * process apart too, which bare POSIX locks do not.
 */
import { DatabaseSync } from 'node:sqlite'
import { brokerErrorOf, isBusy } from './sqlite-error.ts'

/** Long enough that of two who try at the same moment one gets it. */
const ATTEMPT_MS = 10

/** Keeps the connections of held locks from the garbage collector, which would close and so free them. */
const held = new Set<DatabaseSync>()

/** A lock that is held until it is released, or its process ends. */
export interface FileLock {
  release(): void
}

/** Takes the lock, or gives undefined while somebody else holds it. The file stays behind, empty. */
export function tryLock(path: string): FileLock | undefined {
  let database: DatabaseSync | undefined
  try {
    const opened = new DatabaseSync(path, { timeout: ATTEMPT_MS })
    database = opened
    opened.exec('BEGIN EXCLUSIVE')
    held.add(opened)
    return {
      release: () => {
        // closing rolls back; a second release is none
        if (held.delete(opened)) opened.close()
      },
    }
  } catch (thrown) {
    database?.close()
    if (isBusy(thrown)) return undefined
    throw brokerErrorOf(thrown, path)
  }
}
