/** The page of operators says what each declares about itself. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { NATURES, type OperatorName } from '../../src/operators/natures.ts'

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'operators.md')

/** How the page calls the operators whose names here are not what users write. */
const NAMES: Partial<Record<OperatorName, string>> = {
  window: '`count`, `sum`, `variance` and all others but the next, in windows',
  orderedWindow: '`reduce`, `aggregate` without `merge`, in windows',
  running: 'the same as the first, running',
  orderedRunning: 'the same as the second, running',
}

test('the table of natures is what the operators declare', () => {
  const rows = Object.entries(NATURES).map(([name, nature]) => {
    const cells = [
      NAMES[name as OperatorName] ?? `\`${name}\``,
      nature.order === 'any' ? 'any' : 'per channel',
      ...[nature.stateful, nature.mergeable, nature.retracting, nature.processingTime].map(is =>
        is ? 'yes' : '',
      ),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const page = readFileSync(PAGE, 'utf8')
  assert.ok(page.includes(rows.join('\n')), `docs/reference/operators.md should have:\n${rows.join('\n')}`)
})
