/**
 * Runs test files in one process of the project's Node and collects how each test went.
 *
 * A process that crashes, ends early, leaves something open or takes too long counts as one failed
 * test, under the name of its files: what it reported before still counts.
 */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { root, SOURCE_CONDITION } from './setup.mjs'

/** A file may run this long; in a process of several files, this long without a finished test. */
const FILE_TIMEOUT_MS = 300_000
/** A test that asks for nothing else is given up after this long; the ones behind it still run. */
const TEST_TIMEOUT_MS = 120_000
/** Once no test is running or waiting, the process has this long to end by itself. */
const EXIT_TIMEOUT_MS = 10_000
const LEFT_OPEN = 'its tests are done but something keeps it alive (a timer, socket or process): killed'
const KEPT_OUTPUT = 20_000

const running = new Set()
let stopping = false

/** The outcome of `files`, run together in one process. */
export async function runTestFiles(node, files, limits = {}) {
  const { timeoutMs = FILE_TIMEOUT_MS, testMs = TEST_TIMEOUT_MS, exitMs = EXIT_TIMEOUT_MS } = limits
  const outcome = { passed: 0, failed: 0, skipped: 0, failures: [], notes: [] }
  if (files.length === 0 || stopping) return outcome
  const fail = (name, error) => {
    outcome.failed++
    outcome.failures.push({ name, error })
  }
  const child = spawn(node, nodeArgs(files, testMs), {
    cwd: root,
    detached: true, // a group of its own, so that what it started can be killed with it
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, SLUICE_TEST_PROGRESS: '3' }, // what long tests tell as they go, see test/progress.ts
  })
  running.add(child)
  const output = keepOutput(child)
  let ended = false
  let killedFor
  const stopFor = reason => {
    killedFor = reason
    killGroup(child, 'SIGKILL')
  }
  const tooLong = `took longer than ${timeoutMs / 1000} s: killed`
  const noProgress = `no test finished for ${timeoutMs / 1000} s: killed`
  let timer = setTimeout(stopFor, timeoutMs, tooLong)
  let idleTimer
  createInterface({ input: child.stdio[3] }).on('line', line => {
    const message = JSON.parse(line)
    if (message.kind === 'busy') clearTimeout(idleTimer)
    if (message.kind === 'idle') idleTimer = setTimeout(stopFor, exitMs, LEFT_OPEN)
    if (message.kind === 'end') ended = true
    if (message.kind === 'skip') outcome.skipped++
    if (message.kind === 'progress') console.log(`  ${message.text}`)
    if (message.kind === 'note') outcome.notes.push(message.text)
    if (message.kind === 'fail') fail(where(message), message.error)
    if (message.kind === 'pass' && files.includes(message.name)) fail(message.name, 'has no tests')
    else if (message.kind === 'pass') outcome.passed++
    if (files.length > 1) {
      clearTimeout(timer)
      timer = setTimeout(stopFor, timeoutMs, noProgress)
    }
  })
  const [code, signal] = await new Promise(resolve => {
    child.on('error', error => {
      fail(label(files), error.message)
      resolve([1, null])
    })
    child.on('close', (...how) => resolve(how))
  })
  clearTimeout(timer)
  clearTimeout(idleTimer)
  running.delete(child)
  killGroup(child, 'SIGKILL')
  if (killedFor) fail(label(files), killedFor)
  else if (!ended)
    fail(label(files), `ended before its tests were reported (${signal ?? `exit code ${code}`})`)
  else if (code !== 0 && outcome.failed === 0) fail(label(files), `exit code ${code} although no test failed`)
  if (outcome.failed > 0) outcome.output = output()
  return outcome
}

/** Kills what still runs; nothing is started afterwards. */
export function stopTests() {
  stopping = true
  for (const child of running) killGroup(child, 'SIGKILL')
}

function nodeArgs(files, testMs) {
  const reporter = path.join(root, 'scripts', 'test-reporter.mjs')
  return [
    SOURCE_CONDITION,
    '--test',
    '--test-isolation=none',
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    `--test-timeout=${testMs}`,
    ...files,
  ]
}

function label(files) {
  return files.length === 1 ? files[0] : `${files.length} files from ${files[0]} to ${files.at(-1)}`
}

function where({ name, file, line }) {
  return file ? `${path.relative(root, file)}:${line} ${name}` : name
}

function keepOutput(child) {
  let text = ''
  const keep = chunk => {
    text = (text + chunk).slice(-KEPT_OUTPUT)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  return () => text.trim()
}

function killGroup(child, signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error
  }
}
