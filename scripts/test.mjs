/**
 * `npm test`: set-up, checks, unit tests, integration tests, and the sum of all in the last line.
 *
 * Usage: `npm test -- [--no-check] [--long] [GLOB…]`; with globs (or folders) only the test files
 * that match are run, and no checks.
 */
import { runChecks } from './check.mjs'
import { runTestFiles, stopTests } from './run-test-files.mjs'
import { fail, root, setup } from './setup.mjs'
import { findTestFiles, matchesGlob } from './test-files.mjs'
import { ensureServices } from './test-services.mjs'

const CONCURRENCY = 2
/** One at a time: they measure memory and rates, and would measure each other. */
const LONG = { timeoutMs: 3_600_000, testMs: 3_600_000, concurrency: 1 }
const sum = { passed: 0, failed: 0, skipped: 0 }

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    stopTests()
    process.exit(code)
  })
}

main(process.argv.slice(2)).catch(fail)

async function main(args) {
  const globs = args.filter(arg => !arg.startsWith('--'))
  const unknown = args.find(arg => arg.startsWith('--') && arg !== '--no-check' && arg !== '--long')
  if (unknown) fail(`unknown option ${unknown}; known: --no-check, --long`)
  const started = Date.now()
  const node = await setup()
  if (globs.length === 0 && !args.includes('--no-check')) add(await phase('checks', () => runChecks(node)))
  const found = findTestFiles(root)
  const withLong = args.includes('--long') || globs.length > 0
  const files = part => select(found[part], globs)
  const selected = ['unit', 'integration', ...(withLong ? ['long'] : [])].flatMap(files)
  Object.assign(process.env, await ensureServices(selected))
  await runPart('unit tests', [files('unit')], node)
  await runPart('integration tests', files('integration').map(alone), node)
  if (withLong) await runPart('long tests', files('long').map(alone), node, LONG)
  finish(started)
}

function select(files, globs) {
  return globs.length === 0 ? files : files.filter(file => globs.some(glob => matchesGlob(file, glob)))
}

function alone(file) {
  return [file]
}

/** Runs groups of files, each group in a process of its own. */
async function runPart(title, groups, node, limits) {
  const count = groups.flat().length
  if (count === 0) return
  const outcome = await phase(`${title} in ${count} ${count === 1 ? 'file' : 'files'}`, async () => {
    const total = { passed: 0, failed: 0, skipped: 0 }
    const queue = [...groups]
    const work = async () => {
      for (let files = queue.shift(); files; files = queue.shift()) {
        const done = await runTestFiles(node, files, limits)
        print(done)
        addTo(total, done)
      }
    }
    await Promise.all(Array.from({ length: limits?.concurrency ?? CONCURRENCY }, work))
    return total
  })
  add(outcome)
}

async function phase(title, run) {
  const started = Date.now()
  console.log(`${title} …`)
  const outcome = await run()
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`${title}: ${summary(outcome)} in ${seconds} s\n`)
  return outcome
}

function print({ failures, notes, output }) {
  for (const note of notes) console.log(`  ${note}`)
  for (const { name, error } of failures) console.log(`\n✗ ${name}\n${indent(error)}\n`)
  if (output) console.log(`  printed meanwhile:\n${indent(output)}\n`)
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '    ')
}

function add(outcome) {
  addTo(sum, outcome)
}

function addTo(total, { passed, failed, skipped }) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
}

function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function finish(started) {
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`all in ${seconds} s`)
  console.log(summary(sum))
  process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0
}
