/** The published sensor job on simulated devices: its sums against those of what the simulator wrote. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { newFolder, parseLines, sluice, start, valuesOf } from './run-example.ts'

interface Reading {
  readonly id: number
  readonly time: number
  readonly value: number
}

interface Result {
  readonly key: number
  readonly window: { readonly start: number; readonly end: number }
  readonly value: number
}

const program = path.resolve('examples/iot.ts')

test('sums per device what came after the start, from records without a key', async t => {
  const folder = await newFolder(t)
  await sluice(t, folder, 'topic', 'create', 'iot', '--partitions', '4')
  const before = await start(t, folder, 'examples/simulator.ts', '--for', '1s').done
  assert.deepEqual(before, { code: 0, stdout: '', stderr: '' })
  const old = (await valuesOf<Reading>(t, folder, 'iot')).length
  assert.equal(old, 3)

  assert.equal(await sluice(t, folder, 'run', program, '--until-caught-up'), '')
  await start(t, folder, 'examples/simulator.ts', '--for', '3s', '--sensors', '5').done
  const printed = parseLines<Result>(await sluice(t, folder, 'run', program, '--drain'))

  const records = parseLines<{
    readonly key: string | null
    readonly offset: number
    readonly value: Reading
  }>(await sluice(t, folder, 'topic', 'read', 'iot'))
  assert.equal(records.length, 3 + 15)
  assert.ok(records.every(({ key }) => key === null))
  const expected = new Map<string, number>()
  for (const { offset, value } of records) {
    // the three of the first second are one in each of the partitions 0 to 2
    if (offset === 0 && value.id < 3 && expected.get(`old ${value.id}`) === undefined) {
      expected.set(`old ${value.id}`, 0)
      continue
    }
    const name = `${value.id} ${Math.floor(value.time / 10) * 10_000}`
    expected.set(name, (expected.get(name) ?? 0) + value.value)
  }
  const sums = printed.map(
    ({ key, window, value }) => `${key} ${window.start} ${window.end - window.start} ${value}`,
  )
  const wanted = [...expected]
    .filter(([name]) => !name.startsWith('old'))
    .map(([name, sum]) => `${name} 10000 ${sum}`)
  assert.deepEqual(sums.sort(), wanted.sort())
})

test('the simulator measures once a second, in seconds with fractions, and stops at a signal', async t => {
  const folder = await newFolder(t)
  const simulator = start(t, folder, 'examples/simulator.ts', '--topic', 'other')
  const deadline = Date.now() + 10_000
  const length = async (): Promise<number> => {
    const { code, stdout } = await start(t, folder, 'src/cli/main.ts', 'topic', 'read', 'other').done
    return code === 0 ? parseLines(stdout).length : 0
  }
  while ((await length()) < 6 && Date.now() < deadline);
  simulator.child.kill('SIGINT')
  assert.equal((await simulator.done).code, 0)
  const values = await valuesOf<Reading>(t, folder, 'other')
  assert.ok(values.length >= 6 && values.length % 3 === 0)
  for (const { id, time, value } of values) {
    assert.ok([0, 1, 2].includes(id))
    assert.ok(Math.abs(time - Date.now() / 1000) < 30)
    assert.ok(Number.isSafeInteger(value) && value >= 0)
  }
  assert.ok(values.some(({ time }) => !Number.isInteger(time)))
})
