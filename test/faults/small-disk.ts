/** A disk of a few megabytes: a tmpfs where mounting is allowed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A mounted disk. */
export interface SmallDisk {
  readonly folder: string
  readOnly(): void
}

/** Mounts a disk, or gives undefined where this process may not, or `SLUICE_TEST_MOUNT=0` says so. */
export function smallDisk(t: TestContext, megabytes: number): SmallDisk | undefined {
  if (process.env['SLUICE_TEST_MOUNT'] === '0') return undefined
  const folder = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  t.after(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  return {
    folder,
    readOnly: () => execFileSync('mount', ['-o', 'remount,ro', folder]),
  }
}
