/** The streamed average of a file is its batch average, to the last bit. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { newFolder, parseLines, sluice, valuesOf } from './run-example.ts'

const lines = Array.from({ length: 5000 }, (_, index) => ({
  id: `id-${(index * 7) % 13}`,
  value: index % 5 === 0 ? 1e15 : Math.sin(index) / 3,
}))

/** Exact: all values as multiples of 2^-1074 in a bigint, divided at the end. */
function batchAverage(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + toBigInt(value), 0n)
  return fromBigInt(sum) / values.length
}

const SCALE = 1074n
const view = new DataView(new ArrayBuffer(8))

function toBigInt(value: number): bigint {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = (bits >> 52n) & 0x7ffn
  const fraction = bits & 0xfffffffffffffn
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return bits >> 63n === 1n ? -magnitude : magnitude
}

/** The nearest double, ties to even. */
function fromBigInt(scaled: bigint): number {
  const sign = scaled < 0n ? -1 : 1
  const magnitude = scaled < 0n ? -scaled : scaled
  const extra = BigInt(Math.max(0, magnitude.toString(2).length - 53))
  let mantissa = magnitude >> extra
  const rest = magnitude - (mantissa << extra)
  const half = extra === 0n ? 0n : 1n << (extra - 1n)
  if (extra > 0n && (rest > half || (rest === half && (mantissa & 1n) === 1n))) mantissa += 1n
  return sign * Number(mantissa) * 2 ** Number(extra - SCALE)
}

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
    batch.set(id, batchAverage(group.map(line => line.value)))
  }
  assert.deepEqual(streamed, batch)
  const keys = parseLines<{ readonly key: string; readonly value: { readonly id: string } }>(
    await sluice(t, folder, 'topic', 'read', 'averages'),
  )
  assert.ok(keys.every(({ key, value }) => key === value.id))
})
