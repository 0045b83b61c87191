/**
 * The table in docs/reference/guarantees.md: drawn from what the conformance suites check, so it cannot
 * promise anything else. `npm run check` compares it, `npm run fix` draws it anew.
 */
import fs from 'node:fs'
import path from 'node:path'

const DATA = 'test/conformance/guarantees.json'
const PAGE = 'docs/reference/guarantees.md'
const BLOCK = /(<!-- guarantees: drawn by npm run fix -->\n)[\s\S]*?(<!-- end -->\n)/

const WORDS = {
  replay: {
    log: 'from any offset that the log keeps',
    disk: 'from disk, also after a restart and by other processes',
    process: 'while the process lives',
    none: 'no',
  },
  order: { partition: 'of each partition' },
  exactlyOnce: {
    commit: 'in the commit that counts it',
    process: 'in memory, while the process lives',
    atLeastOnce: 'no: at least once, just before the commit',
  },
}
const GROUPS = [
  ['broker', 'brokers'],
  ['source', 'sources'],
  ['sink', 'sinks'],
]

/** The problems of the table: none, or that it is not up to date. */
export function checkGuarantees(root) {
  const page = fs.readFileSync(path.join(root, PAGE), 'utf8')
  return page === withTable(root, page) ? [] : [`${PAGE}: the table is old; run npm run fix`]
}

/** Draws the table anew. */
export function fixGuarantees(root) {
  const file = path.join(root, PAGE)
  const page = fs.readFileSync(file, 'utf8')
  fs.writeFileSync(file, withTable(root, page))
}

function withTable(root, page) {
  if (!BLOCK.test(page)) throw new Error(`${PAGE} has no block for the table of guarantees`)
  const table = JSON.parse(fs.readFileSync(path.join(root, DATA), 'utf8'))
  const rows = GROUPS.flatMap(([kind, group]) =>
    table[group].map(row => [
      kind,
      `\`${row.name}\``,
      ...Object.keys(WORDS).map(column => wordOf(row, column)),
    ]),
  )
  const head = ['', '', 'can be replayed', 'keeps order', 'exactly once']
  const lines = [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)
  return page.replace(BLOCK, (_, open, close) => `${open}${lines.join('\n')}\n${close}`)
}

function wordOf(row, column) {
  const word = WORDS[column][row[column]]
  if (word === undefined) throw new Error(`${DATA}: ${row.name} has the unknown ${column} "${row[column]}"`)
  return word
}
