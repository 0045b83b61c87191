/** What topics keep, deleting them, and going on after records were removed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLines, Place, program } from './command.ts'

test('what a topic keeps is said when it is made, shown, and changed', async t => {
  const place = new Place(t)
  const create = ['topic', 'create', 'readings', '--partitions', '1']
  const made = await place.run([...create, '--retention', '7d', '--retention-bytes', '1.5GB'])
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stderr, /it keeps 7d, at most 1\.5 GB per partition/)
  const again = await place.run([...create, '--compact'])
  assert.match(again.stderr, /is there already.*keeps 7d.*\n.*left as it is.*sluice topic alter readings/)

  const altered = await place.run(['topic', 'alter', 'readings', '--retention', 'none', '--compact'])
  assert.equal(altered.code, 0, altered.stderr)
  const described = await place.run(['topic', 'describe', 'readings'])
  assert.match(
    described.stdout,
    /1 partition; keeps at most 1\.5 GB per partition, the last record of each key\n/,
  )
  await place.run(['topic', 'alter', 'readings', '--retention-force', '--no-compact'])
  const [json] = jsonLines((await place.run(['topic', 'describe', 'readings', '--json'])).stdout)
  assert.deepEqual(
    { ...(json as object), partitions: [] },
    { name: 'readings', kind: 'user', retention: { bytes: 1.5e9, force: true }, apps: [], partitions: [] },
  )
  const nothing = await place.run(['topic', 'alter', 'readings', '--retention-bytes', 'none'])
  assert.match(nothing.stderr, /topic "readings" keeps everything/)
})

test('wrong limits are wrong usage', async t => {
  const place = new Place(t)
  await place.topic('readings', 1)
  for (const [words, message] of [
    [['alter', 'readings'], /say what to change: --retention/],
    [['alter', 'readings', '--retention', 'long'], /--retention is "long"/],
    [['alter', 'readings', '--retention-bytes', '5 apples'], /--retention-bytes is "5 apples".*500MB/],
    [['alter', 'readings', '--retention-bytes', '0'], /--retention-bytes is "0"/],
    [['alter', 'readings', '--compact', '--no-compact'], /not both/],
    [['create', 'new', '--partitions', '1', '--retention-force'], /give one of them/],
  ] as const) {
    const refused = await place.run(['topic', ...words])
    assert.equal(refused.code, 2, words.join(' '))
    assert.match(refused.stderr, message)
  }
})

test('a topic is deleted, but not while an app has a position in it, unless by force', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, [{ sensor: 'a', time: 1, value: 1 }])
  await place.topic('other', 1)
  await place.run(['run', program('sums'), '--until-caught-up'])
  const refused = await place.run(['topic', 'delete', 'readings'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /topic "readings" is read by "sums".*sluice group reset APP.*--force/)
  assert.match((await place.run(['topic', 'describe', 'readings'])).stdout, /read by sums \(to the end\)\n/)
  await place.run(['topic', 'write', 'readings', '-'], '{}\n{}')
  const [behind] = jsonLines((await place.run(['topic', 'describe', 'readings', '--json'])).stdout)
  assert.deepEqual((behind as { apps: unknown }).apps, [{ name: 'sums', lag: 2 }])
  const internal = (await place.broker(broker => broker.topics())).find(({ kind }) => kind === 'changelog')
  const own = await place.run(['topic', 'delete', internal?.name ?? ''])
  assert.equal(own.code, 1)
  assert.match(own.stderr, /is the changelog topic of an app/)

  assert.equal((await place.run(['topic', 'delete', 'other'])).code, 0)
  const forced = await place.run(['topic', 'delete', 'readings', '--force'])
  assert.equal(forced.code, 0, forced.stderr)
  const names = (await place.broker(broker => broker.topics())).map(({ name }) => name)
  assert.deepEqual([names.includes('readings'), names.includes('other')], [false, false])
  assert.equal((await place.run(['topic', 'delete', 'readings'])).code, 1)
})

test('an app whose records were removed says how to go on, and then does', async t => {
  const place = new Place(t)
  const reading = (time: number): object => ({ sensor: 'a', time, value: 1 })
  await place.topic('readings', 1, [reading(1000)])
  const run = ['run', program('sums'), '--until-caught-up']
  await place.run(run)
  const more = [2000, 3000, 4000].map(time => JSON.stringify(reading(time)))
  await place.run(['topic', 'write', 'readings', '-'], more.slice(0, 2).join('\n'))
  // as retention by force would
  await place.broker(broker =>
    broker.group('x').commit({
      inputs: [],
      appends: [],
      purges: [{ topic: 'readings', partition: 0, before: 3 }],
    }),
  )
  await place.run(['topic', 'write', 'readings', '-'], more[2])
  const failed = await place.run(run)
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /offset 1 of topic "readings", partition 0 has been removed.*sluice group skip/)
  const skipped = await place.run(['group', 'skip', 'sums'])
  assert.equal(skipped.code, 0, skipped.stderr)
  assert.match(skipped.stderr, /topic "readings", partition 0: skipped 2 offsets, goes on at 3/)
  assert.match((await place.run(['group', 'skip', 'sums'])).stderr, /has missed nothing/)
  assert.equal((await place.run(['run', program('sums'), '--drain'])).code, 0)
  const { stdout } = await place.run(['topic', 'read', 'sums', '--values'])
  assert.deepEqual(jsonLines(stdout), [{ sensor: 'a', start: 0, sum: 2 }])
})
