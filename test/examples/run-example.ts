/** Runs examples and the command as processes, as people do. */
import {
  type ChildProcess,
  type SpawnOptionsWithStdioTuple,
  type StdioNull,
  type StdioPipe,
  spawn,
} from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

/** The folder of the checkout. */
export const ROOT: string = path.resolve(import.meta.dirname, '..', '..')

/** How a process ended, and what it said. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that may still run. */
export interface Running {
  readonly child: ChildProcess
  readonly done: Promise<Outcome>
}

/** A folder that goes with the test. */
export async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-examples-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a file of the checkout with this Node, in `cwd`; a test that ends kills it. */
export function start(t: TestContext, cwd: string, file: string, ...args: readonly string[]): Running {
  const { SLUICE_BROKER: _, ...env } = process.env
  const options: SpawnOptionsWithStdioTuple<StdioNull, StdioPipe, StdioPipe> = {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }
  const child = spawn(
    process.execPath,
    ['--conditions=sluice-source', path.join(ROOT, file), ...args],
    options,
  )
  t.after(() => child.kill('SIGKILL'))
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  }
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...texts }))
  })
  return { child, done }
}

/** Runs `sluice` to its end. Throws when it fails. */
export async function sluice(t: TestContext, cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await start(t, cwd, 'src/cli/main.ts', ...args).done
  if (code === 0) return stdout
  throw new Error(`sluice ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`)
}

/** The values of a topic, partition by partition. */
export async function valuesOf<T>(t: TestContext, cwd: string, topic: string): Promise<readonly T[]> {
  return parseLines<T>(await sluice(t, cwd, 'topic', 'read', topic, '--values'))
}

/** JSON lines. */
export function parseLines<T>(text: string): readonly T[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T)
}

/** The lines of a program that are code: neither empty nor a comment. */
export function codeLines(source: string): readonly string[] {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter(line => line.trim() !== '' && !line.trim().startsWith('//'))
}
