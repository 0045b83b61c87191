/** Which test files there are, and which part of the run each belongs to. */
import fs from 'node:fs'
import path from 'node:path'

/** `unit` tests stand beside their file in src; `long` ones run only when asked for. */
const PARTS = [
  { part: 'long', pattern: 'test/long/**/*.test.ts' },
  { part: 'integration', pattern: 'test/**/*.test.ts' },
  { part: 'unit', pattern: 'src/**/*.test.ts' },
]

/** Anything that looks as if somebody expects it to be run as a test. */
const LOOKS_LIKE_A_TEST = /\.(test|spec)\.[cm]?[jt]sx?$/
const IGNORED_FOLDERS = new Set(['node_modules', 'dist', 'coverage'])

/** All test files under `folder`, by part; those that no part runs are `unmatched`. */
export function findTestFiles(folder) {
  const found = { unit: [], integration: [], long: [], unmatched: [] }
  for (const file of listFiles(folder)) {
    if (!LOOKS_LIKE_A_TEST.test(file)) continue
    const match = PARTS.find(({ pattern }) => matchesGlob(file, pattern))
    found[match?.part ?? 'unmatched'].push(file)
  }
  return found
}

/** The files below `folder` as relative paths with slashes, sorted; hidden folders left out. */
export function listFiles(folder, within = '') {
  const files = []
  const entries = fs.readdirSync(path.join(folder, within), { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const name = within === '' ? entry.name : `${within}/${entry.name}`
    if (entry.isFile()) files.push(name)
    else if (entry.isDirectory() && !entry.name.startsWith('.') && !IGNORED_FOLDERS.has(entry.name)) {
      files.push(...listFiles(folder, name))
    }
  }
  return files
}

/** Whether `file` is matched by a glob of `*`, `**`, `?` and `{a,b}`, or lies in the folder it names. */
export function matchesGlob(file, glob) {
  const plain = glob.replace(/^\.\//, '').replace(/\/$/, '')
  if (file === plain || file.startsWith(`${plain}/`)) return true
  const source = plain.replace(/\*\*\/|\*\*|\*|\?|\{[^}]*\}|[.+^$()|[\]\\]/g, part => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.startsWith('{')) return `(?:${part.slice(1, -1).split(',').map(escapeRegex).join('|')})`
    return escapeRegex(part)
  })
  return new RegExp(`^${source}$`).test(file)
}

function escapeRegex(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
