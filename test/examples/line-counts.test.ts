/** The numbers of lines are promises. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { codeLines, ROOT } from './run-example.ts'

async function codeOf(example: string): Promise<readonly string[]> {
  return codeLines(await readFile(path.join(ROOT, 'examples', example), 'utf8'))
}

test('sensor-sums.ts is at most 20 lines of code', async () => {
  const lines = await codeOf('sensor-sums.ts')
  assert.ok(lines.length <= 20, `${lines.length} lines`)
})

test('iot.ts is at most 11 lines of code from the topic to the printed sum', async () => {
  const lines = await codeOf('iot.ts')
  const from = lines.findIndex(line => line.includes('app.topic('))
  const to = lines.findIndex(line => line.includes('.print()'))
  assert.ok(from >= 0 && to > from)
  assert.ok(to - from + 1 <= 11, `${to - from + 1} lines`)
})
