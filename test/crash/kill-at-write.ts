/**
 * Loaded before the command (`node --import`): kills the process in the middle of its n-th write of a file, as
 * `SLUICE_KILL_WRITE=N` says; half of what was to be written is.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const nth = Number(process.env['SLUICE_KILL_WRITE'] ?? 0)
if (nth > 0) killAt(nth)

/** The environment in which a command dies at its n-th write. */
export function killAtWrite(number: number): NodeJS.ProcessEnv {
  return { SLUICE_KILL_WRITE: String(number), NODE_OPTIONS: `--import=${import.meta.url}` }
}

function killAt(wanted: number): void {
  const { writeSync } = fs
  let writes = 0
  const dying = (file: number, bytes: Uint8Array, offset: number, length: number): number => {
    // Standard output and error are no files.
    if (file > 2 && ++writes === wanted) {
      writeSync(file, bytes, offset, Math.floor(length / 2))
      process.kill(process.pid, 'SIGKILL')
    }
    return writeSync(file, bytes, offset, length)
  }
  // The one form that the command uses.
  fs.writeSync = dying as typeof fs.writeSync
  syncBuiltinESMExports()
}
