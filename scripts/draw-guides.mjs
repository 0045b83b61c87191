/**
 * The tables of the guides that lead here from other libraries: printed by the tests that run their
 * lines, so that each line is one that works. `npm run check` compares them, `npm run fix` writes them
 * anew.
 */
import fs from 'node:fs'
import path from 'node:path'
import { runAndCapture } from './build.mjs'
import { SOURCE_CONDITION } from './setup.mjs'

const PROGRAM = 'test/guides/main.ts'
const BLOCK = /(<!-- ([\w -]+): written by npm run fix -->\n)[\s\S]*?(<!-- end -->\n)/g

/** The problems of the tables: none, or which pages are not up to date. */
export async function checkGuides(root, node) {
  const pages = await readTables(root, node)
  return Object.entries(pages).flatMap(([page, tables]) => {
    const text = fs.readFileSync(path.join(root, page), 'utf8')
    return text === withTables(page, text, tables) ? [] : [`${page}: its tables are old; run npm run fix`]
  })
}

/** Writes the tables anew. */
export async function fixGuides(root, node) {
  for (const [page, tables] of Object.entries(await readTables(root, node))) {
    const file = path.join(root, page)
    fs.writeFileSync(file, withTables(page, fs.readFileSync(file, 'utf8'), tables))
  }
}

function withTables(page, text, tables) {
  const left = new Set(Object.keys(tables))
  const written = text.replace(BLOCK, (_, open, name, close) => {
    if (!left.delete(name))
      throw new Error(`${page} has a block for "${name}", which ${PROGRAM} does not print`)
    return `${open}${tables[name]}${close}`
  })
  if (left.size > 0) throw new Error(`${page} has no block for ${[...left].join(', ')}`)
  return written
}

async function readTables(root, node) {
  const done = await runAndCapture(node, [SOURCE_CONDITION, path.join(root, PROGRAM)], { cwd: root })
  if (done.code !== 0) throw new Error(`${PROGRAM} failed with exit code ${done.code}\n${done.output}`)
  return JSON.parse(done.stdout)
}
