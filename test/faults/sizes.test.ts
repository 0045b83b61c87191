/** Much at once: a record of 50 MB, and a step that makes a hundred thousand elements of each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Place } from '../cli/command.ts'
import { valuesOf } from './readings.ts'

const PASS = fileURLToPath(new URL('./programs/pass.ts', import.meta.url))
const EXPAND = fileURLToPath(new URL('./programs/expand.ts', import.meta.url))
const LARGE = 50_000_000
const SEEDS = 20

for (const workers of [1, 2]) {
  test(`a record of 50 MB passes an exchange among its neighbours, with ${workers} workers`, async t => {
    const place = new Place(t)
    const records = [2, LARGE, 4, 6].map((length, id) => ({ id, text: 'x'.repeat(length) }))
    await place.topic('in', 2, records)
    const { code, stderr } = await place.run(['run', PASS, '--until-caught-up', '--workers', String(workers)])
    assert.equal(code, 0, stderr)
    const passed = await valuesOf<{ readonly id: number; readonly text: string }>(place, 'out')
    assert.deepEqual(
      passed.map(({ id, text }) => [id, text.length]).sort(([a], [b]) => Number(a) - Number(b)),
      records.map(({ id, text }) => [id, text.length]),
    )
  })

  test(`a step that makes 100,000 elements of a record needs no more memory for many, with ${workers} workers`, async t => {
    const place = new Place(t)
    await place.topic(
      'seeds',
      2,
      Array.from({ length: SEEDS }, (_, seed) => ({ seed })),
    )
    const { code, stderr } = await place.run(
      ['run', EXPAND, '--until-caught-up', '--workers', String(workers)],
      '',
      { NODE_OPTIONS: '--max-old-space-size=100' },
    )
    assert.equal(code, 0, stderr)
    const counts = await valuesOf<{ readonly key: number; readonly count: number }>(place, 'counts')
    assert.deepEqual(
      counts.map(({ key, count }) => `${key} ${count}`).sort(),
      Array.from({ length: 20 }, (_, i) => `${i >> 1} ${100_000 * (1 + (i % 2))}`),
    )
  })
}
