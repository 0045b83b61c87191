/**
 * What every script does first: make `node_modules` match `package-lock.json`, and find the Node
 * that the project runs on.
 *
 * These files start on whatever Node the machine has (18 or later) before anything is installed, so
 * they are plain JavaScript without dependencies. Nothing here writes to standard output, which
 * belongs to the program that is started.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Where scripts keep what can be made again: build output to inspect, extracted examples, locks. */
export const cache = path.join(root, '.cache')

/** With this condition `import 'sluice'` means `src/index.ts` inside the checkout. */
export const SOURCE_CONDITION = '--conditions=sluice-source'

const NPM_OPTIONS = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
/**
 * What `npm ci` says, for one, when the lock file was made where the packages of other platforms could
 * not be had, and so leaves them out. `npm install` takes the same versions from it and goes on.
 */
const LOCK_INCOMPLETE = '`npm ci` can only install packages when'
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
const modules = path.join(root, 'node_modules')
const stampFile = path.join(modules, '.sluice-setup')
const lockFolder = path.join(cache, 'setup.lock')
const ONCE = path.join(root, 'scripts', 'signals-once.mjs')

/** Installs the dependencies if they are missing or of another lock file. Returns the Node to use. */
export async function setup() {
  const wanted = wantedStamp()
  if (!isInstalled(wanted)) {
    await lock()
    try {
      if (!isInstalled(wanted)) install(wanted)
    } finally {
      fs.rmSync(lockFolder, { recursive: true, force: true })
    }
  }
  return requireNode()
}

/**
 * Runs the project's Node with `args`, and never returns: the program has this process's standard
 * streams, and its exit code is this process's.
 *
 * Where Node can replace itself, it does, so that signals reach the program as if it had been
 * started directly and killing it leaves nothing behind. Else the program is a child in the same
 * process group, and signals are passed on. A terminal signals the whole group and npm repeats what
 * it gets, so one request can come twice: `signals-once.mjs` makes it one again.
 */
export async function runNode(args, { env = {} } = {}) {
  const node = await setup()
  const all = [SOURCE_CONDITION, `--import=${ONCE}`, ...args]
  const environment = { ...process.env, ...env }
  if (typeof process.execve === 'function') {
    process.execve(node, [node, ...all], environment)
  }
  const child = spawn(node, all, { stdio: 'inherit', env: environment })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  child.on('error', fail)
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (os.constants.signals[signal] ?? 0))
  })
}

/** Prints the message of `error` and ends with exit code 1. */
export function fail(error) {
  fs.writeSync(2, `${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

function wantedStamp() {
  const hash = createHash('sha256').update(fs.readFileSync(path.join(root, 'package-lock.json')))
  return `${hash.digest('hex')} ${process.platform} ${process.arch}\n`
}

function isInstalled(wanted) {
  if (readText(stampFile) === wanted) return true
  if (!matchesLock() || findNode() === undefined) return false
  fs.writeFileSync(stampFile, wanted)
  return true
}

/** Whether somebody ran `npm ci` by hand: npm leaves a record of what it installed. */
function matchesLock() {
  const installed = readJson(path.join(modules, '.package-lock.json'))?.packages
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages
  if (!installed || !wanted) return false
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '') return true
    const found = installed[place]
    return found ? found.version === entry.version : entry.optional === true
  })
}

function install(wanted) {
  const started = Date.now()
  fs.writeSync(2, 'installing dependencies (npm ci) … ')
  let done = npm(['ci', ...NPM_OPTIONS])
  if (done.status !== 0 && done.stderr?.includes(LOCK_INCOMPLETE))
    done = npm(['install', '--no-save', ...NPM_OPTIONS])
  if (done.status !== 0) {
    const output = `${done.stdout ?? ''}${done.stderr ?? ''}`.trim()
    throw new Error(`failed\n${output}\n"npm ci" failed: ${done.error?.message ?? `exit ${done.status}`}`)
  }
  if (findNode() === undefined) installNode()
  requireNode()
  fs.writeFileSync(stampFile, wanted)
  fs.writeSync(2, `done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}

/** Does what the package `node` does in its install script, where scripts are switched off. */
function installNode() {
  const folder = path.join(modules, 'node')
  spawnSync(process.execPath, ['installArchSpecificPackage.js'], { cwd: folder, env: cleanEnv() })
}

function npm(args) {
  const cli = process.env.npm_execpath
  const options = { cwd: root, encoding: 'utf8', env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] }
  if (cli && /\.c?js$/.test(cli) && path.basename(cli).startsWith('npm-cli')) {
    const outside = process.env.npm_node_execpath
    const node =
      outside && !outside.startsWith(modules) && fs.existsSync(outside) ? outside : process.execPath
    return spawnSync(node, [cli, ...args], options)
  }
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
}

/** The environment without the `node` of a `node_modules` that is about to be replaced. */
function cleanEnv() {
  const own = path.join(modules, '.bin')
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(folder => folder !== own)
  return { ...process.env, PATH: folders.join(path.delimiter) }
}

function findNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const own = `${prefix}-${platform}-${process.arch}`
  return [
    path.join(modules, 'node', 'bin', name),
    path.join(modules, 'node', 'node_modules', own, 'bin', name),
    path.join(modules, own, 'bin', name),
  ].find(file => fs.existsSync(file))
}

function requireNode() {
  const node = findNode()
  if (node) return node
  throw new Error(
    `the dev dependency "node" has no binary for ${process.platform}-${process.arch} in node_modules/node: ` +
      'its install script did not run or could not download it; remove node_modules and try again with network',
  )
}

/** Waits until this process owns the lock folder; one left by a dead process is taken over. */
async function lock() {
  fs.mkdirSync(cache, { recursive: true })
  for (let announced = false; ; await sleep(100)) {
    try {
      fs.mkdirSync(lockFolder)
      fs.writeFileSync(path.join(lockFolder, 'pid'), String(process.pid))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = Number(readText(path.join(lockFolder, 'pid')))
    if (holder ? !isAlive(holder) : lockAgeMs() > 10_000) takeAway(holder)
    else if (!announced) {
      fs.writeSync(2, `waiting for the set-up by process ${holder || '?'}\n`)
      announced = true
    }
  }
}

/** Renames first, so that of several waiting processes only one removes the lock it has looked at. */
function takeAway(holder) {
  const aside = `${lockFolder}.${process.pid}`
  try {
    fs.renameSync(lockFolder, aside)
    const taken = Number(readText(path.join(aside, 'pid')))
    if (taken === holder || Number.isNaN(taken)) fs.rmSync(aside, { recursive: true, force: true })
    else fs.renameSync(aside, lockFolder)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

function lockAgeMs() {
  try {
    return Date.now() - fs.statSync(lockFolder).mtimeMs
  } catch {
    return 0
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function readJson(file) {
  const text = readText(file)
  return text === undefined ? undefined : JSON.parse(text)
}
