/** `sluice savepoint` and `sluice run --from-savepoint`: what is refused, where files lie, and that nothing is lost. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { smallDisk } from '../faults/small-disk.ts'
import { jsonLines, Place, program } from './command.ts'

const OTHER = ['--broker', 'file:./other.broker']

/** A place where the app has run, and has a savepoint `./x`. */
async function withSavepoint(t: TestContext): Promise<Place> {
  const place = new Place(t)
  await place.topic('readings', 2, READINGS)
  assert.equal((await place.run(['run', program('sums'), '--until-caught-up'])).code, 0)
  const { code, stderr } = await place.run(['savepoint', 'create', 'sums', 'x', '--to', './x'])
  assert.equal(code, 0, stderr)
  return place
}

const READINGS = [
  { sensor: 'a', time: 1000, value: 1 },
  { sensor: 'b', time: 2000, value: 2 },
  { sensor: 'a', time: 4000, value: 3 },
]

test('savepoints have names beside the broker file: made, listed, shown, used and deleted', async t => {
  const place = await withSavepoint(t)
  const made = await place.run(['savepoint', 'create', 'sums', 'before-upgrade'])
  assert.match(
    made.stderr,
    /^savepoint "before-upgrade" of app "sums" is in \S+\.sluice-savepoints\/sums\/before-upgrade\.savepoint: \d+ entries of state, 0 records under way; took/,
  )
  const again = await place.run(['savepoint', 'create', 'sums', 'before-upgrade'])
  assert.equal(again.code, 2)
  assert.match(
    again.stderr,
    /app "sums" has a savepoint "before-upgrade" already: give another name, or replace it with --force/,
  )
  const [listed] = jsonLines((await place.run(['savepoint', 'list', 'sums', '--json'])).stdout)
  assert.equal((listed as { name: string }).name, 'before-upgrade')
  const shown = await place.run(['savepoint', 'show', 'sums', 'before-upgrade', '--json'])
  const { app, shards, entries, inputs } = JSON.parse(shown.stdout) as Record<string, unknown>
  assert.deepEqual([app, shards], ['sums', 2])
  assert.ok(Object.values(entries as Record<string, number>).some(count => count >= 2))
  assert.ok(
    (inputs as { topic: string; next: number }[]).some(
      ({ topic, next }) => topic === 'readings' && next === 2,
    ),
  )
  const used = await place.run([
    'run',
    program('sums'),
    '--drain',
    '--from-savepoint',
    'before-upgrade',
    '--force',
  ])
  assert.equal(used.code, 0, used.stderr)
  const sums = await place.run(['topic', 'read', 'sums', '--values'])
  assert.deepEqual(jsonLines(sums.stdout), [
    { sensor: 'a', start: 0, sum: 4 },
    { sensor: 'b', start: 0, sum: 2 },
  ])
  assert.equal((await place.run(['savepoint', 'delete', 'sums', 'before-upgrade'])).code, 0)
  const missing = await place.run(['savepoint', 'show', 'sums', 'before-upgrade'])
  assert.equal(missing.code, 2)
  assert.match(missing.stderr, /there is no savepoint \S+; those of app "sums" are: none/)
})

test('a savepoint that is damaged, cut or foreign is refused with place and cause, and nothing is changed', async t => {
  const place = await withSavepoint(t)
  const file = join(place.folder, 'x')
  const sound = readFileSync(file)
  const refused = async (bytes: Uint8Array, said: RegExp): Promise<void> => {
    writeFileSync(file, bytes)
    const shown = await place.run(['savepoint', 'show', 'sums', './x'])
    assert.equal(shown.code, 1, shown.stderr)
    assert.match(shown.stderr, said)
  }
  for (const at of [25, Math.floor(sound.length / 2), sound.length - 1]) {
    const bytes = Buffer.from(sound)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await refused(bytes, /the savepoint \S+x is damaged at byte \d+: /)
  }
  await refused(sound.subarray(0, sound.length - 20), /is damaged at byte \d+: it ends/)
  await refused(Buffer.concat([sound, Buffer.from('x')]), /something follows its end/)
  await refused(Buffer.from('buy milk\n'), /x is no savepoint of Sluice: it does not begin with/)
  await refused(
    Buffer.from('sluice savepoint 9\n'),
    /has version 9; this program reads version 1: upgrade sluice/,
  )
  writeFileSync(file, sound.subarray(0, sound.length - 20))
  const run = ['run', program('sums'), '--until-caught-up', '--from-savepoint', './x', '--force']
  const { code, stderr } = await place.run(run)
  assert.equal(code, 1)
  assert.match(stderr, /is damaged at byte/)
  const goesOn = await place.run(['run', program('sums'), '--drain'])
  assert.equal(goesOn.code, 0, goesOn.stderr)
  assert.equal(jsonLines((await place.run(['topic', 'read', 'sums', '--values'])).stdout).length, 2)
})

test('an app that has run here starts from a savepoint only by --force, and one elsewhere only on the same topics', async t => {
  const place = await withSavepoint(t)
  const from = ['run', program('sums'), '--until-caught-up', '--from-savepoint', './x']
  const ran = await place.run(from)
  assert.equal(ran.code, 1)
  assert.match(
    ran.stderr,
    /app "sums" has run on this broker before, and would lose its positions and state: .*--force\. Nothing was changed\./,
  )
  const bare = await place.run(['run', program('sums'), '--force'])
  assert.equal(bare.code, 2)
  assert.match(bare.stderr, /--force says that --from-savepoint may replace what is there: give both/)

  await place.brokerAt('other', broker =>
    broker.createTopic({ name: 'readings', partitions: 2, kind: 'user' }),
  )
  const empty = await place.run([...from, ...OTHER])
  assert.equal(empty.code, 1)
  assert.match(
    empty.stderr,
    /the savepoint stands at offset 2 of topic "readings", partition 0, which on \S+ holds the offsets from 0 to 0: .*Nothing was changed\./,
  )
  await place.brokerAt('other', async broker => {
    await broker.deleteTopic('readings')
    await broker.createTopic({ name: 'readings', partitions: 3, kind: 'user' })
  })
  const other = await place.run([...from, ...OTHER])
  assert.equal(other.code, 1)
  assert.match(other.stderr, /topic "readings" had 2 partitions when the savepoint was taken, and has 3/)
  await place.topic('orders', 1)
  const foreign = await place.run(['run', program('orders'), '--from-savepoint', './x'])
  assert.equal(foreign.code, 1)
  assert.match(foreign.stderr, /is of app "sums", and this program is app "orders"/)
})

test('a savepoint of an app that has not run, or to a place that cannot be, says so', async t => {
  const place = await withSavepoint(t)
  const create = (app: string, to: string) => place.run(['savepoint', 'create', app, 'y', '--to', to])
  assert.match((await create('none', './y')).stderr, /there is no app "none" on \S+ that has run/)
  assert.match((await create('sums', '.')).stderr, /is a folder: name a file in it/)
  assert.match((await create('sums', './missing/y')).stderr, /there is no folder \S+missing: make it first/)
  assert.match(
    (await create('sums', './x')).stderr,
    /there is a file \S+x already: name another one, or replace it with --force/,
  )
  const named = await place.run(['savepoint', 'create', 'sums', 'a b'])
  assert.match(named.stderr, /"a b" is no name for a savepoint/)
})

test('a disk that is full while a savepoint is written leaves no file, and says what to do', async t => {
  const place = new Place(t)
  const disk = smallDisk(t, 1)
  if (disk === undefined) return t.skip('this process may not mount')
  const readings = Array.from({ length: 20_000 }, (_, n) => ({
    sensor: `sensor number ${n} of many`,
    time: 1000,
    value: n,
  }))
  await place.topic('readings', 2, readings)
  assert.equal((await place.run(['run', program('sums'), '--until-caught-up'])).code, 0)
  const file = join(disk.folder, 'x')
  const { code, stderr } = await place.run(['savepoint', 'create', 'sums', 'x', '--to', file])
  assert.equal(code, 1)
  assert.match(stderr, /there is no room for \S+x: .*; free some space and try again/)
  assert.deepEqual(readdirSync(disk.folder), [])
  const elsewhere = await place.run(['savepoint', 'create', 'sums', 'x', '--to', './x'])
  assert.equal(elsewhere.code, 0, elsewhere.stderr)
  assert.ok(statSync(join(place.folder, 'x')).size > 1_000_000)
})
