/** Runs a small program in a process of its own. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { text } from 'node:stream/consumers'

/** How it ended, and what it printed. */
export interface ScriptEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the source of a module, which may import from `sluice`, until its process has nothing left to do. */
export async function runScript(source: string): Promise<ScriptEnd> {
  const child = spawn(process.execPath, ['--conditions=sluice-source', '--input-type=module', '-e', source], {
    cwd: path.join(import.meta.dirname, '..', '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const code = new Promise<number | null>(resolve => child.on('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, stdout, stderr }
}
