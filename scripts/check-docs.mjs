/**
 * Checks that the pages, and the examples in doc comments, tell the truth: links lead somewhere, the files,
 * npm scripts, exports and command-line words they name exist, and their examples print what they say.
 *
 * A block fenced as ```` ```ts run ```` is run with the checkout's `sluice`, in an empty folder; if a
 * block ```` ```text output ```` follows, it is what the program prints to standard output. The compiler has
 * to agree with it too, as strictly as with the project.
 */
import fs from 'node:fs'
import path from 'node:path'
import { runAndCapture, runTool } from './build.mjs'
import { typeNames } from './check-package.mjs'
import { checkCommandLines } from './command-lines.mjs'
import { readComments, readMarkdown } from './markdown.mjs'
import { cache, root, SOURCE_CONDITION } from './setup.mjs'
import { findImports } from './source-text.mjs'
import { listFiles, matchesGlob } from './test-files.mjs'

const EXAMPLE_TIMEOUT_MS = 20_000
const CONCURRENCY = 2
/** What of Node's own the sources declare for all. */
const DECLARED = 'src/codec/buffer-methods.ts'
const COMPILER = 'node_modules/typescript/bin/tsc'
const PATH_OF_PROJECT = /^(?:\.\/)?((?:src|test|docs|scripts|bench|examples|\.ci)\/[\w@.*{},/-]*)$/
const BUILT_IN_NPM = new Set([
  'ci',
  'install',
  'i',
  'init',
  'pack',
  'publish',
  'view',
  'exec',
  'config',
  'pkg',
  'create',
])
const SHELL = /^(?:sh|bash|shell|console|zsh)\b/

/** All that is wrong with the pages, as `page:line: message`. */
export async function checkDocs(node) {
  const files = listFiles(root)
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  const pages = files
    .filter(file => /^(?:[^/]+|docs\/.*)\.md$/.test(file))
    .map(file => ({ file, ...readMarkdown(fs.readFileSync(path.join(root, file), 'utf8')) }))
  const comments = files
    .filter(file => /^src\/.*\.ts$/.test(file) && !/\.test\.ts$/.test(file))
    .map(file => ({ file, ...readComments(fs.readFileSync(path.join(root, file), 'utf8')) }))
  const commands = pages.flatMap(page => shellTexts(page).map(each => ({ ...each, file: page.file })))
  return [
    ...pages.flatMap(page => checkLinks(page, pages)),
    ...pages.flatMap(page => checkPaths(page, files)),
    ...commands.flatMap(each => checkNpmScripts(each, manifest)),
    ...[...pages, ...comments].flatMap(page => checkImportedNames(page, manifest)),
    ...(await checkCommandLines(node, commands)),
    ...(await checkExamples(node, [...pages, ...comments])),
  ]
}

function checkLinks(page, pages) {
  return page.links.flatMap(({ line, target }) => {
    if (/^[a-z][a-z+.-]*:/i.test(target)) return []
    const [to, anchor] = target.split('#')
    const file = to === '' ? page.file : path.posix.join(path.posix.dirname(page.file), decodeURI(to))
    if (!fs.existsSync(path.join(root, file)))
      return [`${page.file}:${line}: links to ${file}, which does not exist`]
    const other = pages.find(each => each.file === file)
    if (!anchor || !other || other.anchors.has(anchor)) return []
    return [`${page.file}:${line}: links to #${anchor}, but ${file} has no such heading`]
  })
}

function checkPaths(page, files) {
  return page.codes.flatMap(({ line, code }) => {
    const named = PATH_OF_PROJECT.exec(code)?.[1]
    if (named === undefined || fs.existsSync(path.join(root, named))) return []
    if (/[*{]/.test(named) && files.some(file => matchesGlob(file, named))) return []
    return [`${page.file}:${line}: names ${named}, which does not exist`]
  })
}

/** What of a page is for a shell: blocks line by line, and inline code. */
function shellTexts(page) {
  const blocks = page.blocks.filter(block => SHELL.test(block.info))
  return [
    ...page.codes.map(({ line, code }) => ({ line, text: code })),
    ...blocks.flatMap(block =>
      block.text
        .split('\n')
        .map((text, index) => ({ line: block.line + 1 + index, text: text.replace(/^\$ /, '') })),
    ),
  ]
}

function checkNpmScripts({ file, line, text }, manifest) {
  return [...text.matchAll(/\bnpm (run )?(?:-\S+ )*([a-z][\w:-]*)/g)].flatMap(([, run, name]) => {
    if (Object.hasOwn(manifest.scripts, name) || (!run && BUILT_IN_NPM.has(name))) return []
    return [`${file}:${line}: names the npm script "${name}", which package.json does not have`]
  })
}

/** Names that TypeScript blocks import from the package must be exported. */
function checkImportedNames(page, manifest) {
  return page.blocks
    .filter(block => /^(?:ts|typescript)\b/.test(block.info))
    .flatMap(block => {
      const place = `${page.file}:${block.line}`
      const doors = findImports(block.text).map(({ specifier }) => specifier)
      const unknown = doors.filter(
        each => each.split('/')[0] === manifest.name && !doorSource(each, manifest),
      )
      return [
        ...unknown.map(each => `${place}: imports "${each}", which package.json does not export`),
        ...[...block.text.matchAll(/import\s+(?:type\s+)?\{([^}]*)\}\s*from\s*['"]([^'"]+)['"]/g)].flatMap(
          ([, list, specifier]) =>
            unknownNames(list, doorSource(specifier, manifest)).map(
              name => `${place}: imports ${name} from "${specifier}", which does not export it`,
            ),
        ),
      ]
    })
}

function doorSource(specifier, manifest) {
  const [name, ...rest] = specifier.split('/')
  return name === manifest.name ? manifest.exports[['.', ...rest].join('/')]?.['sluice-source'] : undefined
}

function unknownNames(list, source) {
  if (source === undefined) return []
  const file = path.join(root, source)
  const known = fs.existsSync(file) ? typeNames(file) : new Set()
  const names = list.split(',').map(
    item =>
      item
        .trim()
        .replace(/^type /, '')
        .split(' as ')[0],
  )
  return names.filter(name => name !== '' && !known.has(name))
}

async function checkExamples(node, pages) {
  const examples = pages.flatMap(page =>
    page.blocks.flatMap((block, index) => {
      if (!/^ts run\b/.test(block.info)) return []
      const next = page.blocks[index + 1]
      const output = next && /^text output\b/.test(next.info) ? next.text : undefined
      const { file } = page
      return [{ file, line: block.line, place: `${file}:${block.line}`, program: block.text, output }]
    }),
  )
  fs.rmSync(path.join(cache, 'docs'), { recursive: true, force: true })
  const problems = []
  const queue = [...examples.entries()]
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      problems.push(...(await checkExample(node, next[1], path.join(cache, 'docs', String(next[0])))))
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return [...problems, ...(await checkExampleTypes(node, examples))]
}

/** What the compiler finds in the examples, by their lines in the pages. */
async function checkExampleTypes(node, examples) {
  const folder = path.join(cache, 'docs', 'types')
  fs.mkdirSync(folder, { recursive: true })
  const declared = path.join(root, DECLARED)
  const config = { extends: path.join(root, 'tsconfig.json'), files: [declared], include: ['*.ts'] }
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const [number, { program }] of examples.entries()) {
    fs.writeFileSync(path.join(folder, `${number}.ts`), `${program}\n`)
  }
  const found = await runTool(node, [path.join(root, COMPILER), '--pretty', 'false'], { cwd: folder })
  return found.map(problem => {
    const [, number, line, rest] = /^(\d+)\.ts\((\d+),\d+\): (.*)/.exec(problem) ?? []
    const example = examples[number]
    return example === undefined ? problem : `${example.file}:${example.line + Number(line)}: ${rest}`
  })
}

async function checkExample(node, { place, program, output }, folder) {
  fs.mkdirSync(folder, { recursive: true })
  const file = path.join(folder, 'example.ts')
  fs.writeFileSync(file, `${program}\n`)
  const { SLUICE_BROKER: _, ...env } = process.env
  const options = { cwd: folder, env, timeout: EXAMPLE_TIMEOUT_MS, killSignal: 'SIGKILL' }
  const done = await runAndCapture(node, [SOURCE_CONDITION, file], options)
  if (done.signal) return [`${place}: the example ran longer than ${EXAMPLE_TIMEOUT_MS / 1000} s`]
  if (done.code !== 0) return [`${place}: the example failed with exit code ${done.code}\n${done.output}`]
  if (output === undefined || tidy(done.stdout) === tidy(output)) return []
  return [`${place}: the example printed\n${tidy(done.stdout)}\nbut the page says\n${tidy(output)}`]
}

function tidy(text) {
  return text.replace(/[ \t]+$/gm, '').trim()
}
