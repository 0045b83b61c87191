/** The sensor job on generated readings, through the command, against a batch computation of its own. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { newFolder, parseLines, sluice, start, valuesOf } from './run-example.ts'

const WINDOW_MS = 5000
const BOUND_MS = 1000
const START = 1_760_000_000_000

interface Reading {
  readonly sensor: string
  readonly time: number
  readonly value: number
}

interface Sum {
  readonly sensor: string
  readonly start: number
  readonly sum: number
}

interface ReadRecord<T> {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: T
}

/** Twenty sensors over two minutes: out of order up to the bound, and one in thirty much too late. */
function generate(): readonly Reading[] {
  let seed = 12_345
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed / 2 ** 31
  }
  return Array.from({ length: 2400 }, (_, index) => {
    const delay = random() < 1 / 30 ? 9000 : random() * BOUND_MS * 0.9
    const time = Math.floor(START + index * 50 - delay)
    return { sensor: `s${index % 20}`, time, value: Math.floor(random() * 1000) / 4 }
  })
}

/** What the job must give: each partition in its order, lateness by the partition's own watermark. */
function expected(records: readonly ReadRecord<Reading>[]): { sums: Sum[]; late: ReadRecord<Reading>[] } {
  const newest = new Map<number, number>()
  const sums = new Map<string, Sum>()
  const late: ReadRecord<Reading>[] = []
  for (const record of records) {
    const { sensor, time, value } = record.value
    const watermark = (newest.get(record.partition) ?? Number.NEGATIVE_INFINITY) - BOUND_MS - 1
    const windowStart = Math.floor(time / WINDOW_MS) * WINDOW_MS
    newest.set(record.partition, Math.max(time, newest.get(record.partition) ?? time))
    if (windowStart + WINDOW_MS - 1 <= watermark) {
      late.push(record)
      continue
    }
    const name = `${sensor} ${windowStart}`
    const before = sums.get(name)?.sum ?? 0
    sums.set(name, { sensor, start: windowStart, sum: before + value })
  }
  return { sums: [...sums.values()], late }
}

async function recordsOf<T>(t: TestContext, cwd: string, topic: string): Promise<readonly ReadRecord<T>[]> {
  return parseLines<ReadRecord<T>>(await sluice(t, cwd, 'topic', 'read', topic))
}

function sorted(sums: readonly Sum[]): readonly string[] {
  return sums.map(({ sensor, start: from, sum }) => `${sensor} ${from} ${sum}`).sort()
}

test('gives the sums and the late readings of the batch computation', async t => {
  const folder = await newFolder(t)
  const readings = generate()
  const file = path.join(folder, 'readings.jsonl')
  await writeFile(file, readings.map(reading => `${JSON.stringify(reading)}\n`).join(''))
  await sluice(t, folder, 'topic', 'create', 'readings', '--partitions', '4')
  await sluice(t, folder, 'topic', 'write', 'readings', file, '--key', 'sensor')
  await sluice(t, folder, 'run', path.resolve('examples/sensor-sums.ts'), '--drain')

  const input = await recordsOf<Reading>(t, folder, 'readings')
  assert.equal(input.length, readings.length)
  const { sums, late } = expected(input)
  assert.ok(late.length > 20)

  const written = await recordsOf<Sum>(t, folder, 'sums')
  assert.deepEqual(sorted(written.map(({ value }) => value)), sorted(sums))
  for (const { key, value, timestamp } of written) {
    assert.deepEqual(Object.keys(value), ['sensor', 'start', 'sum'])
    assert.equal(key, value.sensor)
    assert.equal(timestamp, value.start + WINDOW_MS - 1)
  }
  const found = await recordsOf<Reading>(t, folder, 'late')
  const plain = (records: readonly ReadRecord<Reading>[]) =>
    records.map(({ key, value, timestamp }) => JSON.stringify({ key, value, timestamp })).sort()
  assert.deepEqual(plain(found), plain(late))
})

test('makes its input topic with four partitions, and sets aside what is no reading', async t => {
  const folder = await newFolder(t)
  const program = path.resolve('examples/sensor-sums.ts')
  await sluice(t, folder, 'run', program, '--until-caught-up')
  const file = path.join(folder, 'readings.jsonl')
  await writeFile(
    file,
    `{"sensor":"a","time":${START},"value":1}\n{"sensor":"a","time":${START},"value":"two"}\n`,
  )
  await sluice(t, folder, 'topic', 'write', 'readings', file, '--key', 'sensor')
  await sluice(t, folder, 'run', program, '--drain')
  assert.deepEqual(await valuesOf(t, folder, 'sums'), [{ sensor: 'a', start: START, sum: 1 }])
  assert.deepEqual(await valuesOf(t, folder, 'sensor-sums-dead-letters'), [
    { sensor: 'a', time: START, value: 'two' },
  ])
  const { partitions } = JSON.parse(await sluice(t, folder, 'topic', 'describe', 'readings', '--json')) as {
    readonly partitions: readonly unknown[]
  }
  assert.equal(partitions.length, 4)
})

test('killed and started again, it goes on as if nothing had happened', async t => {
  const folder = await newFolder(t)
  const program = path.resolve('examples/sensor-sums.ts')
  const readings = generate()
  const write = async (from: number, to: number): Promise<void> => {
    const file = path.join(folder, `part-${from}.jsonl`)
    await writeFile(
      file,
      readings
        .slice(from, to)
        .map(reading => `${JSON.stringify(reading)}\n`)
        .join(''),
    )
    await sluice(t, folder, 'topic', 'write', 'readings', file, '--key', 'sensor')
  }
  await sluice(t, folder, 'topic', 'create', 'readings', '--partitions', '4')
  await write(0, 1300)
  const killed = start(t, folder, 'src/cli/main.ts', 'run', program, '--json')
  await new Promise<void>(resolve => {
    killed.child.stdout?.on('data', (text: string) => {
      if (text.includes('"progress"')) resolve()
    })
  })
  killed.child.kill('SIGKILL')
  await killed.done
  await write(1300, 2400)
  await sluice(t, folder, 'run', program, '--drain')
  const { sums } = expected(await recordsOf<Reading>(t, folder, 'readings'))
  assert.deepEqual(sorted(await valuesOf<Sum>(t, folder, 'sums')), sorted(sums))
})
