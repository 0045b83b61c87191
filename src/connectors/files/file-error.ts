/** What errors of the file system mean, and the likely fix. */
import { ConnectorError, messageOf } from '../../errors.ts'

/** The code of a system error, such as `ENOENT`; undefined for anything else. */
export function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined
}

/** The error to throw for a path that cannot be read or written. */
export function fileError(
  code: 'SOURCE_FAILED' | 'SINK_FAILED',
  name: string,
  thrown: unknown,
): ConnectorError {
  return new ConnectorError(code, `${name}: ${reasonOf(thrown)}`, { cause: thrown })
}

/** What a read gives; its failure as a `ConnectorError`. */
export async function orFileError<T>(name: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (thrown) {
    throw fileError('SOURCE_FAILED', name, thrown)
  }
}

function reasonOf(thrown: unknown): string {
  switch (systemCode(thrown)) {
    case 'ENOENT':
      return 'it, or the folder it is in, does not exist; expected a path that does (relative paths start at the folder of the process)'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not; give the user of the process the right to it'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no room is left on the disk; make room, and try again: none of it was written'
    case 'EFBIG':
      return 'the file may not become larger; raise the limit, and try again: none of it was written'
    case 'EROFS':
      return 'the disk can only be read; choose a path on another'
    case 'EISDIR':
      return 'it is a folder; expected a file'
    default:
      return messageOf(thrown)
  }
}
