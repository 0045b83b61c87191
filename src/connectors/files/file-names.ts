/** Names of files that appear: in a folder, or as a pattern says. */
import { glob, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Source, SourceHost } from '../../connect/index.ts'
import { ConnectorError } from '../../errors.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import { oneOf, someText } from '../shared/options.ts'
import { fileError, systemCode } from './file-error.ts'
import { DEFAULT_POLL_MS } from './tail.ts'

/** Options of `fileNames`. */
export interface FileNamesOptions {
  /** How long to wait before the next look; 100 ms without it. */
  readonly poll?: Duration
  /** A folder that does not exist yet: `wait` for it, and so without it, or `fail`. A pattern always waits. */
  readonly missing?: 'wait' | 'fail'
}

/**
 * Gives the path of each file in a folder, or that a pattern (`logs/*.csv`) matches, as soon as it is there: each path once, those of one look sorted. Folders are left out.
 *
 * A file is named when it is there, which may be before it is complete: write it elsewhere and rename it.
 * What comes and goes between two looks is missed; a file that is removed and made again is not named
 * again. Which paths were named is kept in memory for all runs, and grows with them; a new process names
 * all again.
 */
export function fileNames(pathOrGlob: string, options: FileNamesOptions = {}): Source<string> {
  const name = `file names ${someText(pathOrGlob, 'fileNames: the path')}`
  const pollMs = positiveDurationMs(options.poll ?? DEFAULT_POLL_MS, `${name}: poll`)
  const missing = oneOf(options.missing ?? 'wait', `${name}: missing`, ['wait', 'fail'] as const)
  const named = new Set<string>()
  return { name, run: host => run({ name, pathOrGlob, pollMs, missing, named }, host) }
}

interface FileNamesRun {
  readonly name: string
  readonly pathOrGlob: string
  readonly pollMs: number
  readonly missing: 'wait' | 'fail'
  /** Paths that were emitted. */
  readonly named: Set<string>
}

async function run(options: FileNamesRun, host: SourceHost<string>): Promise<void> {
  while (!host.signal.aborted) {
    for (const path of await look(options)) {
      if (host.signal.aborted) return
      options.named.add(path)
      const passed = host.emit(path)
      if (passed !== undefined) await passed
    }
    await host.clock.sleep(options.pollMs, host.signal)
  }
}

/** Paths that were not named yet, sorted. */
async function look({ name, pathOrGlob, missing, named }: FileNamesRun): Promise<readonly string[]> {
  try {
    const found = await pathsOf(pathOrGlob, missing)
    const files: string[] = []
    for (const path of found) if (!named.has(path) && (await kindOf(path)) === 'file') files.push(path)
    return files.sort()
  } catch (thrown) {
    throw fileError('SOURCE_FAILED', name, thrown)
  }
}

async function pathsOf(pathOrGlob: string, missing: 'wait' | 'fail'): Promise<readonly string[]> {
  switch (await kindOf(pathOrGlob)) {
    case 'folder':
      return (await readdir(pathOrGlob)).map(each => join(pathOrGlob, each))
    case 'file':
      return [pathOrGlob]
    case 'none':
      if (/[*?[{]/.test(pathOrGlob)) return matching(pathOrGlob)
      if (missing === 'wait') return []
      throw new ConnectorError('SOURCE_FAILED', 'it does not exist; expected a folder, or a pattern with *')
  }
}

async function matching(pattern: string): Promise<readonly string[]> {
  const paths: string[] = []
  for await (const path of glob(pattern)) paths.push(path)
  return paths
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'none'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (thrown) {
    // Also what was removed since it was listed, and a link that leads nowhere.
    if (systemCode(thrown) === 'ENOENT') return 'none'
    throw thrown
  }
}
