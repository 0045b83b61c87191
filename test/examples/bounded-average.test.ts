/** The streamed average of a file is its batch average, to the last bit. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { exactSum } from '../properties/exact.ts'
import { newFolder, parseLines, sluice, valuesOf } from './run-example.ts'

const lines = Array.from({ length: 5000 }, (_, index) => ({
  id: `id-${(index * 7) % 13}`,
  value: index % 5 === 0 ? 1e15 : Math.sin(index) / 3,
}))

test('the last average of each id is that of the whole file', async t => {
  const folder = await newFolder(t)
  const file = path.join(folder, 'measurements.jsonl')
  await writeFile(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  await sluice(t, folder, 'topic', 'create', 'measurements', '--partitions', '4')
  await sluice(t, folder, 'topic', 'write', 'measurements', file, '--key', 'id')
  await sluice(t, folder, 'run', path.resolve('examples/bounded-average.ts'), '--drain')

  const averages = await valuesOf<{ readonly id: string; readonly average: number }>(t, folder, 'averages')
  assert.equal(averages.length, lines.length)
  const streamed = new Map(averages.map(({ id, average }) => [id, average]))
  const batch = new Map<string, number>()
  for (const [id, group] of Map.groupBy(lines, line => line.id)) {
    batch.set(id, exactSum(group.map(line => line.value)) / group.length)
  }
  assert.deepEqual(streamed, batch)
  const keys = parseLines<{ readonly key: string; readonly value: { readonly id: string } }>(
    await sluice(t, folder, 'topic', 'read', 'averages'),
  )
  assert.ok(keys.every(({ key, value }) => key === value.id))
})
