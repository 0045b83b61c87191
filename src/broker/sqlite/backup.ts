/**
 * A backup of a broker file while apps use it: one moment of the file, with all topics, positions and
 * state as one commit left them.
 *
 * SQLite copies pages a few at a time. A read transaction that is open meanwhile holds the moment
 * fast: else every commit of an app would make the copy begin anew. Writers never wait for it; the
 * write-ahead log grows until it is over.
 */
import { closeSync, fdatasyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { LeaseError, UsageError } from '../../errors.ts'
import { type FileLock, tryLock } from './file-lock.ts'
import { copyErrorOf } from './sqlite-error.ts'
import { openForReading } from './verify.ts'

/** So many pages of 8 kB are copied before others have their turn. */
const PAGES_A_TIME = 512
/** What is copied is written out so often: all of it at the end would keep the disk from the commits of apps. */
const SYNC_PAGES = 1024

/** Options of a backup. */
export interface BackupOptions {
  /** Whether a file that is there may be replaced. */
  readonly force: boolean
  readonly signal: AbortSignal
  /** Hears how far it is, pages. */
  readonly progress?: (done: number, total: number) => void
}

/**
 * Copies the broker file at `path` to `to`, which appears when it is complete. Throws `BrokerError`
 * when either file cannot be used, `LeaseError` while another backup makes the same file, and `USAGE`
 * when aborted, when `to` is there and `force` is not given, or when it can be no file.
 */
export async function backupFile(path: string, to: string, options: BackupOptions): Promise<void> {
  checkPlace(to, options.force)
  const part = `${to}.part`
  const lock = lockOf(`${part}-lock`)
  if (lock === undefined) throw new LeaseError(`another backup to ${to} is under way: wait for its end`)
  try {
    await copyMoment(path, part, options)
    makeWhole(part)
    renameSync(part, to)
  } catch (thrown) {
    throw copyErrorOf(thrown, path, to)
  } finally {
    for (const ending of ['', '-wal', '-shm', '-journal', '-lock']) rmSync(part + ending, { force: true })
    lock.release()
  }
}

/** Whoever had the lock removes its file: one that vanished while it was opened is tried once more. */
function lockOf(file: string): FileLock | undefined {
  try {
    return tryLock(file)
  } catch {
    return tryLock(file)
  }
}

function checkPlace(to: string, force: boolean): void {
  const found = statSync(to, { throwIfNoEntry: false })
  if (found?.isDirectory() === true) throw new UsageError(`${to} is a folder: name a file in it`)
  if (found !== undefined && !force) {
    throw new UsageError(`there is a file ${to} already: name another one, or replace it with --force`)
  }
  const folder = dirname(to)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new UsageError(`there is no folder ${folder}: make it first`)
}

/** Copies the pages of one moment. */
async function copyMoment(path: string, part: string, options: BackupOptions): Promise<void> {
  const { signal, progress = () => {} } = options
  rmSync(part, { force: true })
  const source = openForReading(path)
  let out: number | undefined
  try {
    const file = openSync(part, 'w')
    out = file
    let syncAt = SYNC_PAGES
    source.exec('BEGIN')
    // The transaction begins with its first read.
    source.prepare('SELECT value FROM meta').get()
    await backup(source, part, {
      rate: PAGES_A_TIME,
      progress: ({ totalPages, remainingPages }) => {
        // What is thrown here ends the copy.
        if (signal.aborted) throw new UsageError('stopped; no backup was made')
        const done = totalPages - remainingPages
        if (done >= syncAt) {
          fdatasyncSync(file)
          syncAt = done + SYNC_PAGES
        }
        progress(done, totalPages)
      },
    })
    source.exec('COMMIT')
  } finally {
    source.close()
    if (out !== undefined) closeSync(out)
  }
}

/**
 * Makes it one file without a log beside it, and forgets who held the leases: whoever runs an app on a
 * copy must not end the workers of the original.
 */
function makeWhole(path: string): void {
  const copy = new DatabaseSync(path)
  try {
    copy.exec(
      "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; DELETE FROM facts WHERE name = 'holder'",
    )
  } finally {
    copy.close()
  }
}
