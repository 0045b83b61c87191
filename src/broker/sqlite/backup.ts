/**
 * A backup of a broker file while apps use it: one moment of the file, with all topics, positions and
 * state as one commit left them.
 *
 * SQLite copies pages a few at a time. A read transaction that is open meanwhile holds the moment
 * fast: else every commit of an app would make the copy begin anew. Writers never wait for it; the
 * write-ahead log grows until it is over.
 */
import { closeSync, fdatasyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { UsageError } from '../../errors.ts'
import { brokerErrorOf } from './sqlite-error.ts'
import { openForReading } from './verify.ts'

/** So many pages of 8 kB are copied before others have their turn. */
const PAGES_A_TIME = 512
/** What is copied is written out so often: all of it at the end would keep the disk from the commits of apps. */
const SYNC_PAGES = 1024

/** Options of a backup. */
export interface BackupOptions {
  readonly signal: AbortSignal
  /** Hears how far it is, pages. */
  readonly progress?: (done: number, total: number) => void
}

/**
 * Copies the broker file at `path` to `to`, which appears when it is complete. Throws `BrokerError`
 * when either file cannot be used, and `USAGE` when aborted.
 */
export async function backupFile(path: string, to: string, options: BackupOptions): Promise<void> {
  const { signal, progress = () => {} } = options
  const part = `${to}.part`
  rmSync(part, { force: true })
  const source = openForReading(path)
  const out = openSync(part, 'w')
  let syncAt = SYNC_PAGES
  try {
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
          fdatasyncSync(out)
          syncAt = done + SYNC_PAGES
        }
        progress(done, totalPages)
      },
    })
    source.exec('COMMIT')
    makeWhole(part)
    renameSync(part, to)
  } catch (thrown) {
    throw brokerErrorOf(thrown, path)
  } finally {
    source.close()
    closeSync(out)
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(part + ending, { force: true })
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
