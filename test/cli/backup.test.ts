/** `sluice backup` and `restore`: a moment of a broker file that apps are using, and its second life. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { BatchBuilder, type Broker, openBroker } from '../../src/broker/index.ts'
import type { Holder } from '../../src/runtime/index.ts'
import { Place, program } from './command.ts'

const PARTITIONS = 2
const BACKUP = 'kept'
const AGAIN = ['--broker', 'file:./again']

/** The input of partition `p`, record `n`: every fifth is a second out of order. */
function reading(p: number, n: number): string {
  return JSON.stringify({
    sensor: `s${(n + p) % 7}`,
    time: 50 * n - (n % 5 === 0 ? 700 : 0) + 1000,
    value: n % 100,
  })
}

/** Writes records `from` to `to` of every partition. */
async function feed(broker: Broker, from: readonly number[], to: number): Promise<void> {
  const appends = from.flatMap((first, partition) => {
    const builder = new BatchBuilder()
    for (let n = first; n < to; n++) builder.append(null, Buffer.from(reading(partition, n)), 1000 + n)
    const batch = builder.build()
    return batch === undefined ? [] : [{ topic: 'readings', partition, batch }]
  })
  if (appends.length > 0) await broker.produce(appends)
}

async function sums(place: Place, more: readonly string[] = []): Promise<readonly string[]> {
  const { stdout } = await place.run(['topic', 'read', 'sums', '--values', ...more])
  return stdout.trim().split('\n').sort()
}

/** A small broker with a backup. */
async function withBackup(t: TestContext): Promise<Place> {
  const place = new Place(t)
  await place.topic('readings', PARTITIONS, [
    { sensor: 'a', time: 1, value: 1 },
    { sensor: 'needle', time: 2, value: 2 },
  ])
  const { code, stderr } = await place.run(['backup', BACKUP])
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^backed up file:\.\/\.sluice to \S*kept in \d+m?s$/m)
  return place
}

test('the copy of a broker that an app is using goes on from its moment, and gives the same in the end', async t => {
  const place = new Place(t)
  await place.topic('readings', PARTITIONS)
  const running = place.start(['run', program('sums')])
  await running.says('running on')
  const perRound = 200
  let count = 0
  await place.broker(async broker => {
    const feedWhile = async (goOn: (round: number) => boolean): Promise<void> => {
      for (let round = 0; goOn(round); round++) {
        await feed(broker, [count, count], count + perRound)
        count += perRound
        await wait(10)
      }
    }
    await feedWhile(round => round < 20)
    let isDone = false
    const backingUp = place.run(['backup', BACKUP]).finally(() => {
      isDone = true
    })
    await feedWhile(() => !isDone)
    assert.equal((await backingUp).code, 0)
    await feedWhile(round => round < 20)
  })
  running.child.kill('SIGINT')
  assert.equal((await running.ended).code, 130)
  assert.equal((await place.run(['run', program('sums'), '--drain'])).code, 0)

  const restored = await place.run(['restore', BACKUP, ...AGAIN])
  assert.equal(restored.code, 0, restored.stderr)
  assert.match(
    restored.stderr,
    /^restored file:\.\/again from \S*kept: \d+ topics with [\d,]+ records, [\d,]+ batches of .*, all sound; apps: sums$/m,
  )
  const again = await openBroker(`file:${join(place.folder, 'again')}`)
  const ends = (await again.partitions('readings')).map(({ end }) => end)
  assert.ok(
    ends.every(end => end > 0 && end < count),
    `the moment lies within: ${ends.join()}`,
  )
  await feed(again, ends, count)
  await again.close()
  assert.equal((await place.run(['run', program('sums'), '--drain', ...AGAIN])).code, 0)
  assert.deepEqual(await sums(place, AGAIN), await sums(place))
})

test('an app on a copy leaves the workers of the original alone', async t => {
  const place = new Place(t)
  await place.topic('readings', PARTITIONS, [{ sensor: 'a', time: 1, value: 1 }])
  const original = place.start(['run', program('sums'), '--workers', '2'])
  await original.says('worker 1: running')
  const holder = async () => (await place.broker(broker => broker.group('sums').fact('holder'))) as Holder
  while ((await holder()).workers.length < 2) await wait(10)
  const { workers } = await holder()
  await place.run(['backup', BACKUP])
  await place.run(['restore', BACKUP, ...AGAIN])
  assert.equal((await place.run(['run', program('sums'), '--until-caught-up', ...AGAIN])).code, 0)
  for (const { pid } of workers) assert.ok(process.kill(pid, 0))
  assert.deepEqual((await holder()).workers, workers)
})

test('a broker file that is there is replaced only by --force, and one in use not even so', async t => {
  const place = await withBackup(t)
  const careless = await place.run(['restore', BACKUP])
  assert.equal(careless.code, 2)
  assert.match(
    careless.stderr,
    /there is a broker file \S+ already: name another one with --broker, or replace it with --force/,
  )
  const running = place.start(['run', program('sums')])
  await running.says('running on')
  const held = await place.run(['restore', BACKUP, '--force'])
  assert.equal(held.code, 1)
  assert.match(held.stderr, /app "sums" is running on \S+: stop it before the restore/)
  running.child.kill('SIGINT')
  await running.ended
  await place.broker(async broker => {
    await feed(broker, [0, 0], 10)
    const open = await place.run(['restore', BACKUP, '--force'])
    assert.equal(open.code, 1)
    assert.match(open.stderr, /another process uses the broker file/)
    assert.deepEqual(
      (await broker.partitions('readings')).map(({ end }) => end),
      [11, 11],
    )
  })
  assert.equal((await place.run(['restore', BACKUP, '--force'])).code, 0)
  await place.broker(async broker => {
    assert.deepEqual(
      (await broker.partitions('readings')).map(({ end }) => end),
      [1, 1],
    )
    assert.deepEqual(await broker.groups(), [])
  })
})

test('a damaged backup is refused with what is damaged, and nothing is changed', async t => {
  const place = await withBackup(t)
  const file = join(place.folder, BACKUP)
  const bytes = readFileSync(file)
  const at = bytes.indexOf('needle')
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file, bytes)
  const { code, stderr } = await place.run(['restore', BACKUP, '--force'])
  assert.equal(code, 1)
  assert.match(
    stderr,
    /the backup \S+kept is damaged, nothing was changed:\n {2}the batch at offset 0 of topic "readings", partition 1 in \S+kept is damaged/,
  )
  await place.broker(async broker => {
    assert.deepEqual(
      (await broker.partitions('readings')).map(({ end }) => end),
      [1, 1],
    )
  })
})

test('a damaged broker file does not keep its backup from taking its place', async t => {
  const place = await withBackup(t)
  writeFileSync(join(place.folder, '.sluice'), Buffer.alloc(100_000, 7))
  const { code, stderr } = await place.run(['restore', BACKUP, '--force'])
  assert.equal(code, 0, stderr)
  assert.match(stderr, /all sound/)
})

for (const [words, said] of [
  [['backup', 'x', '--broker', 'memory:'], /the broker "memory:" is no file/],
  [['restore', 'x', '--broker', 'memory:'], /the broker "memory:" is no file/],
  [['backup', 'x'], /there is no broker file:\.\/\.sluice to back up/],
  [['restore', 'x'], /there is no file \S+x/],
  [['restore', '.'], /\S+ is a folder: name the backup in it/],
] as const) {
  test(`"sluice ${words.join(' ')}" without a file to copy says so`, async t => {
    const { code, stderr } = await new Place(t).run(words)
    assert.equal(code, 2)
    assert.match(stderr, said)
  })
}

for (const [to, code, said] of [
  ['.', 2, /^error: \S+ is a folder: name a file in it$/m],
  ['./missing/kept', 2, /^error: there is no folder \S+missing: make it first$/m],
  [BACKUP, 2, /^error: there is a file \S+kept already: name another one, or replace it with --force$/m],
] as const) {
  test(`a backup to ${to} says why it cannot be`, async t => {
    const outcome = await (await withBackup(t)).run(['backup', to])
    assert.match(outcome.stderr, said)
    assert.equal(outcome.code, code)
  })
}

test('of two backups to one file, the second is told of the first', async t => {
  const place = new Place(t)
  const values = Array.from({ length: 40 }, () => 'x'.repeat(1_000_000))
  await place.topic('readings', 1, values)
  const outcomes = await Promise.all([1, 2, 3].map(() => place.run(['backup', BACKUP, '--force'])))
  for (const { code, stderr } of outcomes) {
    if (code === 0) assert.match(stderr, /^backed up/)
    else assert.match(stderr, /^error: another backup to \S+kept is under way: wait for its end$/m)
  }
  assert.ok(outcomes.some(({ code }) => code === 0))
  assert.equal((await place.run(['restore', BACKUP, ...AGAIN])).code, 0)
  assert.deepEqual(
    readdirSync(place.folder).filter(name => name.startsWith('kept.')),
    [],
  )
})

test('what is no backup is refused by its own name', async t => {
  const place = new Place(t)
  const { code, stderr } = await place.run(['restore', place.file('notes', 'buy milk'), ...AGAIN])
  assert.match(stderr, /^error: the broker file \S+\/notes is damaged, or is no broker file/)
  assert.equal(code, 1)
})
