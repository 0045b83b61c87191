/** `npm run build`: compiles src into dist, as it is published. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, root, setup } from './setup.mjs'

/** Compiles src into `folder`, from scratch. Returns the problems, one per line of the compiler. */
export async function build(node, folder) {
  fs.rmSync(folder, { recursive: true, force: true })
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const problems = await runTool(node, [compiler, '-p', 'tsconfig.build.json', '--outDir', folder])
  const command = path.join(folder, 'cli', 'main.js')
  if (fs.existsSync(command)) fs.chmodSync(command, 0o755)
  return problems
}

/** Runs a tool of the dev dependencies. Returns the lines it printed if it failed, else none. */
export async function runTool(node, args, { cwd = root } = {}) {
  const { code, output } = await runAndCapture(node, args, { cwd })
  if (code === 0) return []
  return output === '' ? [`${path.basename(args[0])} failed with exit code ${code}`] : output.split('\n')
}

/** Runs the project's Node and waits for its end. */
export function runAndCapture(node, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let output = ''
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      output += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, output: output.trim() }))
  })
}

async function main() {
  const problems = await build(await setup(), path.join(root, 'dist'))
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) fail('the build failed')
  console.log('built into dist')
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main().catch(fail)
