/** Puts a backup in the place of a broker file, once it is known to be sound and nobody uses the place. */
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BrokerError, LeaseError, UsageError } from '../../errors.ts'
import { type FileLock, tryLock } from './file-lock.ts'
import { copyErrorOf, isBusy } from './sqlite-error.ts'
import { type FileFindings, type VerifyOptions, verifyFile } from './verify.ts'

/** Options of a restore. */
export interface RestoreOptions extends VerifyOptions {
  /** Whether a broker file that is there may be replaced. One in use never is. */
  readonly force: boolean
}

/**
 * Copies the backup `from` to `path`, after checking every batch of the copy. Throws `USAGE` when the
 * place is taken and `force` is not given, `LeaseError` when an app or another process uses it, and
 * `BROKER_CORRUPT` with what is damaged; nothing is changed then.
 */
export async function restoreFile(
  from: string,
  path: string,
  options: RestoreOptions,
): Promise<FileFindings> {
  const found = statSync(from, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`there is no file ${from}`)
  if (found.isDirectory()) throw new UsageError(`${from} is a folder: name the backup in it`)
  if (existsSync(path) && !options.force) {
    throw new UsageError(
      `there is a broker file ${path} already: name another one with --broker, or replace it with --force`,
    )
  }
  const locks = lockAll(path)
  const part = `${path}.restoring`
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE)
    const findings = await verifyFile(part, options, from)
    if (findings.damage.length > 0) throw damaged(from, findings)
    sync(part)
    takeAway(path)
    renameSync(part, path)
    sync(dirname(path))
    return findings
  } catch (thrown) {
    throw copyErrorOf(thrown, from, path)
  } finally {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(part + ending, { force: true })
    for (const lock of locks) lock.release()
  }
}

/** Takes the leases of all apps that ever ran here, and the lock of whoever looks after the file. */
function lockAll(path: string): readonly FileLock[] {
  const folder = dirname(path)
  const prefix = `${basename(path)}-lease-`
  const locks: FileLock[] = []
  const take = (file: string, message: string): void => {
    const lock = tryLock(file)
    if (lock !== undefined) {
      locks.push(lock)
      return
    }
    for (const held of locks) held.release()
    throw new LeaseError(message)
  }
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.startsWith(prefix)) continue
    const app = decodeURIComponent(name.slice(prefix.length))
    take(join(folder, name), `app "${app}" is running on ${path}: stop it before the restore`)
  }
  if (existsSync(path)) take(`${path}-checkpoint`, inUse(path))
  return locks
}

/** Leaving the write-ahead log needs the file for itself: so nobody else has it open. */
function takeAway(path: string): void {
  if (!existsSync(path)) return
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 1000 })
    database.exec('PRAGMA journal_mode = DELETE')
  } catch (thrown) {
    if (isBusy(thrown)) throw new LeaseError(inUse(path), { cause: thrown })
    // A damaged file is what one restores a backup for.
  } finally {
    database?.close()
  }
  for (const ending of ['-wal', '-shm']) rmSync(path + ending, { force: true })
}

function inUse(path: string): string {
  return `another process uses the broker file ${path}: end it before the restore`
}

function damaged(from: string, { damage }: FileFindings): BrokerError {
  const lines = damage.map(line => `  ${line}`)
  return new BrokerError(
    'BROKER_CORRUPT',
    `the backup ${from} is damaged, nothing was changed:\n${lines.join('\n')}`,
  )
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
