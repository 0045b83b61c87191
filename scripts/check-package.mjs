/**
 * Checks what would be published, on a build of its own: every entry of `exports` and `bin` is there,
 * publint agrees, and the public names are those of the list, so that a change of the public
 * interface is seen by whoever reads the change.
 */
import fs from 'node:fs'
import path from 'node:path'
import { build, runAndCapture, runTool } from './build.mjs'
import { cache, root } from './setup.mjs'

const LIST = 'test/package/public-names.txt'
const EXTRA_FILES = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']

const stage = path.join(cache, 'package')

/** Makes `folder` look as the published package does; the problems are the compiler's. */
export async function buildStage(node, folder = stage) {
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  const problems = await build(node, path.join(folder, 'dist'))
  for (const file of EXTRA_FILES) {
    if (fs.existsSync(path.join(root, file))) fs.copyFileSync(path.join(root, file), path.join(folder, file))
  }
  return problems
}

/** Checks the stage that `buildStage` made. With `write`, brings the list of names up to date. */
export async function checkPackage(node, { write = false } = {}) {
  const manifest = JSON.parse(fs.readFileSync(path.join(stage, 'package.json'), 'utf8'))
  const missing = [...checkEntries(manifest), ...checkCommands(manifest)]
  if (missing.length > 0) return missing
  const publint = path.join(root, 'node_modules', 'publint', 'src', 'cli.js')
  return [
    ...(await runTool(node, [publint, 'run', stage, '--strict', '--pack', 'npm'])),
    ...(await checkNames(node, manifest, write)),
  ]
}

function checkEntries(manifest) {
  return Object.entries(manifest.exports).flatMap(([door, entry]) => {
    if (typeof entry === 'string') return existing(entry, `exports["${door}"]`)
    const source = entry['sluice-source']
    return [
      ...existing(entry.types, `exports["${door}"].types`),
      ...existing(entry.default, `exports["${door}"].default`),
      ...(fs.existsSync(path.join(root, source))
        ? []
        : [`package.json: exports["${door}"] has no source ${source}`]),
    ]
  })
}

function checkCommands(manifest) {
  return Object.entries(manifest.bin).flatMap(([name, file]) => {
    const missing = existing(file, `bin.${name}`)
    if (missing.length > 0) return missing
    const text = fs.readFileSync(path.join(stage, file), 'utf8')
    return text.startsWith('#!/usr/bin/env node\n') ? [] : [`${file}: must begin with "#!/usr/bin/env node"`]
  })
}

function existing(file, what) {
  if (file !== undefined && fs.existsSync(path.join(stage, file))) return []
  return [`package.json: ${what} is ${file}, which the build does not make`]
}

async function checkNames(node, manifest, write) {
  const { lines, problems } = await listNames(node, manifest)
  if (problems.length > 0) return problems
  const file = path.join(root, LIST)
  const actual = `${lines.join('\n')}\n`
  if (write) {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, actual)
    return []
  }
  const listed = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trimEnd().split('\n') : []
  return [
    ...lines
      .filter(line => !listed.includes(line))
      .map(line => `${LIST}: lacks "${line}"; if it is meant to be public, npm run fix adds it`),
    ...listed
      .filter(line => !lines.includes(line))
      .map(line => `${LIST}: has "${line}", which is exported no more; npm run fix removes it`),
  ]
}

/** All public names as `door: name`, types marked as such. */
async function listNames(node, manifest) {
  const lines = []
  const problems = []
  for (const [door, entry] of Object.entries(manifest.exports)) {
    if (typeof entry === 'string') continue
    const values = await valueNames(node, path.join(stage, entry.default))
    if (values.error) problems.push(`${entry.default}: cannot be imported: ${values.error}`)
    const types = typeNames(path.join(stage, entry.types))
    const name = path.posix.join(manifest.name, door)
    for (const value of values.names) {
      if (!types.has(value)) problems.push(`${entry.types}: does not declare ${value}, which is exported`)
    }
    for (const each of [...types].sort())
      lines.push(`${name}: ${values.names.includes(each) ? '' : 'type '}${each}`)
  }
  return { lines, problems }
}

async function valueNames(node, file) {
  const program = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(file)}))))`
  const { code, stdout, output } = await runAndCapture(node, ['--input-type=module', '-e', program])
  return code === 0 ? { names: JSON.parse(stdout) } : { names: [], error: output }
}

/** The names that a declaration file, or a source, exports; `export *` is followed. */
export function typeNames(file, seen = new Set()) {
  const names = new Set()
  if (seen.has(file)) return names
  seen.add(file)
  const ending = file.endsWith('.d.ts') ? '.d.ts' : '.ts'
  const text = fs.readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  for (const [, list] of text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)) {
    for (const item of list.split(',')) {
      const name = item
        .trim()
        .replace(/^type /, '')
        .split(' as ')
        .at(-1)
      if (name) names.add(name)
    }
  }
  const declared =
    /^export (?:declare )?(?:abstract |async )?(?:const|let|var|function|class|interface|type|enum|namespace) ([\w$]+)/gm
  for (const [, name] of text.matchAll(declared)) names.add(name)
  for (const [, other] of text.matchAll(/^export \* from '([^']+)'/gm)) {
    const target = path.join(path.dirname(file), other.replace(/\.[jt]s$/, ending))
    for (const name of typeNames(target, seen)) names.add(name)
  }
  return names
}
