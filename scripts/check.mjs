/**
 * `npm run check`: everything that can be said about the project without running its tests.
 *
 * Usage: `npm run check -- [NAME…]` for some checks only; `npm run fix` formats, sorts imports and
 * brings the list of public names up to date first.
 */
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { runTool } from './build.mjs'
import { checkDocs } from './check-docs.mjs'
import { checkImports } from './check-imports.mjs'
import { buildStage, checkPackage } from './check-package.mjs'
import { checkClocks, checkSizes, checkUnfinished, noteSizes } from './check-sources.mjs'
import { checkGuarantees, fixGuarantees } from './draw-guarantees.mjs'
import { checkGuides, fixGuides } from './draw-guides.mjs'
import { checkMarbles, fixMarbles } from './draw-marbles.mjs'
import { checkRoomPicture, fixRoomPicture } from './draw-rooms.mjs'
import { checkSourcePieces, fixSourcePieces } from './draw-sources.mjs'
import { fail, root, setup } from './setup.mjs'
import { findTestFiles } from './test-files.mjs'

const CONCURRENCY = 2
const MAX_LINES_SHOWN = 200
const TOOLS = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  tsc: 'node_modules/typescript/bin/tsc',
}

/** The checks by name; each gives its problems, a line or more each. Slow ones come first. */
const CHECKS = {
  docs: checkDocs,
  build: node => staged(node),
  package: async node =>
    (await staged(node)).length > 0 ? ['not checked, as the build failed'] : checkPackage(node),
  format: node =>
    runTool(node, [TOOLS.biome, 'check', '--error-on-warnings', '--max-diagnostics=50', '--colors=off', '.']),
  lint: node =>
    runTool(node, [TOOLS.oxlint, '--type-aware', '--deny-warnings', '--format=unix', ...linted()]),
  types: node => runTool(node, [TOOLS.tsc, '--noEmit', '--pretty', 'false']),
  imports: () => checkImports(root),
  picture: () => checkRoomPicture(root),
  pieces: () => checkSourcePieces(root),
  guarantees: () => checkGuarantees(root),
  guides: node => checkGuides(root, node),
  marbles: node => checkMarbles(root, node),
  clocks: () => checkClocks(root),
  sizes: () => checkSizes(root),
  unfinished: () => checkUnfinished(root),
  'test files': checkTestFiles,
}
const NOTES = { sizes: () => noteSizes(root) }

/** Runs the checks, prints a line for each, and counts them as tests. */
export async function runChecks(node, names = Object.keys(CHECKS)) {
  const outcome = { passed: 0, failed: 0, skipped: 0 }
  const queue = [...names]
  const work = async () => {
    for (let name = queue.shift(); name; name = queue.shift()) {
      const started = Date.now()
      const problems = await attempt(name, node)
      print(name, problems, Date.now() - started)
      if (problems.length > 0) outcome.failed++
      else outcome.passed++
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return outcome
}

async function attempt(name, node) {
  try {
    return await CHECKS[name](node)
  } catch (error) {
    return [error.stack]
  }
}

let stageProblems
/** The problems of the build, which is made once. */
function staged(node) {
  stageProblems ??= buildStage(node)
  return stageProblems
}

function linted() {
  return ['src', 'test', 'bench', 'examples'].filter(folder => fs.existsSync(path.join(root, folder)))
}

function checkTestFiles() {
  return findTestFiles(root).unmatched.map(
    file => `${file}: is run by nobody; unit tests are src/**/*.test.ts, all others test/**/*.test.ts`,
  )
}

function print(name, problems, ms) {
  const seconds = `${(ms / 1000).toFixed(1)} s`
  if (problems.length === 0) console.log(`  ✓ ${name} (${seconds})`)
  else console.log(`  ✗ ${name} (${seconds})`)
  const lines = problems.flatMap(problem => problem.split('\n'))
  for (const line of lines.slice(0, MAX_LINES_SHOWN)) console.log(`      ${line}`.trimEnd())
  if (lines.length > MAX_LINES_SHOWN) console.log(`      … and ${lines.length - MAX_LINES_SHOWN} lines more`)
  for (const note of NOTES[name]?.() ?? []) console.log(`      note: ${note}`)
}

async function fix(node) {
  fixRoomPicture(root)
  fixSourcePieces(root)
  fixGuarantees(root)
  await fixMarbles(root, node)
  await fixGuides(root, node)
  const problems = await runTool(node, [TOOLS.biome, 'check', '--write', '--colors=off', '.'])
  if (problems.length > 0) console.log(problems.join('\n'))
  if ((await staged(node)).length === 0) await checkPackage(node, { write: true })
}

async function main(args) {
  const names = args.filter(arg => arg !== '--fix')
  const unknown = names.find(name => !Object.hasOwn(CHECKS, name))
  if (unknown) fail(`unknown check "${unknown}"; known: ${Object.keys(CHECKS).join(', ')}`)
  const node = await setup()
  if (args.includes('--fix')) await fix(node)
  const { passed, failed } = await runChecks(node, names.length > 0 ? names : undefined)
  console.log(`${passed} checks passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2)).catch(fail)
