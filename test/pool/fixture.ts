/** What the tests of pools share: both kinds of pools, closed after the test, and the functions. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import {
  type ModuleFunction,
  moduleFunction,
  openPool,
  type Pool,
  type PoolOptions,
} from '../../src/index.ts'

/** The type of the module with the functions. */
export type Work = typeof import('./programs/work.ts')

export const KINDS = ['threads', 'processes'] as const

const WORK = new URL('./programs/work.ts', import.meta.url)

/** A test for threads and one for processes. */
export function testBoth(
  name: string,
  body: (t: TestContext, open: (options?: Partial<PoolOptions>) => Pool) => Promise<void>,
): void {
  for (const kind of KINDS) {
    test(`${kind}: ${name}`, async t => {
      const open = (options: Partial<PoolOptions> = {}): Pool => {
        const pool = openPool({ kind, workers: 2, ...options })
        t.after(() => pool.close())
        return pool
      }
      await body(t, open)
    })
  }
}

/** A function of `programs/work.ts`. */
export function work<Name extends keyof Work>(
  name: Name,
): ModuleFunction<Parameters<Work[Name]>, Awaited<ReturnType<Work[Name]>>> {
  return moduleFunction<Work[Name]>(WORK, name)
}

/** A folder that is removed after the test. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-pool-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Waits for what another process does. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(5)
}

/** Waits until these files are there. */
export function untilFiles(...paths: readonly string[]): Promise<void> {
  return until(() => paths.every(path => existsSync(path)))
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
