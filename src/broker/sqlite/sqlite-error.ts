/** What SQLite's result codes mean for the user of a broker file. https://sqlite.org/rescode.html */
import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BrokerError, InternalError, messageOf, SluiceError } from '../../errors.ts'

/** The result codes that are told apart here. */
export const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
const SQLITE_NOTADB = 26

/** Extended codes of `SQLITE_IOERR` that say that the file's content, not the disk, is at fault. */
const SHORT_READ = SQLITE_IOERR | (2 << 8)
const DATA = SQLITE_IOERR | (32 << 8)
const CORRUPT_FILE_SYSTEM = SQLITE_IOERR | (33 << 8)
const READ = SQLITE_IOERR | (1 << 8)

/** The extended result code of something thrown, or undefined when SQLite did not throw it. */
export function resultCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined
  return typeof thrown.errcode === 'number' ? thrown.errcode : undefined
}

/** Whether SQLite refused because another connection holds a lock. */
export function isBusy(thrown: unknown): boolean {
  const code = resultCode(thrown)
  return code !== undefined && (code & 0xff) === SQLITE_BUSY
}

/** The error that a user gets for what was thrown while working on a file; ours pass as they are. */
export function brokerErrorOf(thrown: unknown, path: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const code = resultCode(thrown)
  const details = { cause: thrown }
  switch (code === undefined ? undefined : code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return new BrokerError(
        'BROKER_UNAVAILABLE',
        `another process keeps the broker file ${path} locked; end it if it hangs or is stopped, then try again`,
        details,
      )
    case SQLITE_READONLY:
      return new BrokerError(
        'BROKER_UNAVAILABLE',
        `the broker file ${path} is read-only for this process`,
        details,
      )
    case SQLITE_CANTOPEN:
      return new BrokerError(
        'BROKER_UNAVAILABLE',
        `the broker file ${path} cannot be opened: ${obstacle(path)}`,
        details,
      )
    case SQLITE_FULL:
      return new BrokerError(
        'BROKER_FULL',
        `the disk is full: nothing was written to the broker file ${path}; free some space and try again`,
        details,
      )
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(path, messageOf(thrown), details)
    case SQLITE_IOERR:
      return inputOutputError(code ?? SQLITE_IOERR, thrown, path)
    default:
      return new InternalError(`the broker file ${path}: ${messageOf(thrown)}`, details)
  }
}

/** The same for what is thrown while one file is copied to another. */
export function copyErrorOf(thrown: unknown, from: string, to: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const result = resultCode(thrown)
  if (result !== undefined) return brokerErrorOf(thrown, (result & 0xff) === SQLITE_FULL ? to : from)
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  const why = messageOf(thrown)
  const details = { cause: thrown }
  if (code !== 'ENOSPC' && code !== 'EDQUOT') {
    return new BrokerError('BROKER_UNAVAILABLE', `${to} cannot be written: ${why}`, details)
  }
  return new BrokerError(
    'BROKER_FULL',
    `there is no room for ${to}: ${why}; free some space and try again`,
    details,
  )
}

/** The file does not hold what it should. */
export function damaged(path: string, what: string, details: { readonly cause?: unknown } = {}): BrokerError {
  return new BrokerError(
    'BROKER_CORRUPT',
    `the broker file ${path} is damaged, or is no broker file (${what}); restore it from a backup, or name another file`,
    details,
  )
}

function inputOutputError(code: number, thrown: unknown, path: string): BrokerError {
  const details = { cause: thrown }
  if (code === SHORT_READ || code === DATA || code === CORRUPT_FILE_SYSTEM) {
    return damaged(path, messageOf(thrown), details)
  }
  if (code === READ) {
    return new BrokerError(
      'BROKER_UNAVAILABLE',
      `the disk cannot read the broker file ${path}; check the disk`,
      details,
    )
  }
  return new BrokerError(
    'BROKER_FULL',
    `the disk refused to write to the broker file ${path} (${messageOf(thrown)}): ` +
      'it is full, a quota is used up, or it fails; nothing was written',
    details,
  )
}

/** Why a file cannot be opened, which SQLite does not say. */
function obstacle(path: string): string {
  const folder = dirname(path)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return 'it is a folder; name a file'
  const parent = statSync(folder, { throwIfNoEntry: false })
  if (parent === undefined) return `the folder ${folder} does not exist; make it first`
  if (!parent.isDirectory()) return `${folder} is not a folder`
  try {
    accessSync(folder, constants.W_OK)
    return 'check the permissions of the file'
  } catch (thrown) {
    return `this process may not write to the folder ${folder} (${messageOf(thrown)})`
  }
}
