/** `sluice run --rename-state`: steps that change their ids keep what they had, and everything else is refused. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BatchBuilder } from '../../src/broker/index.ts'
import { Place, program } from './command.ts'

const KILL_POINT = `--import=${new URL('../crash/kill-point.ts', import.meta.url).href}`
const STEPS = ['readings', 'key', 'count', 'sum']
const RENAMES = STEPS.flatMap(step => ['--rename-state', `old-${step}=new-${step}`])
const NEW = { STEPS: 'new' }

test('steps of new ids go on with what the old ones left: counts, windows, watermarks and positions', async t => {
  const place = await withState(t, ['--workers', '2'])
  const refused = await run(place, NEW)
  assert.equal(refused.code, 1)
  assert.match(
    refused.stderr,
    /step "old-count" \(\S+.*\) is not in the program any more; if it is now "new-count", run once with --rename-state old-count=new-count; else/,
  )
  assert.match(refused.stderr, /new in the program, and without state: .*new-sum/)
  assert.match(refused.stderr, /Nothing was changed\./)
  const done = await run(place, NEW, RENAMES)
  assert.equal(done.code, 0, done.stderr)
  await goesOnAsUntouched(t, place, NEW)
})

test('a rename that was killed at any commit is done again, and the app refuses to run without it', async t => {
  let place = await withState(t)
  const refusals: number[] = []
  let nth = 3
  for (; nth < 60; nth += 9) {
    place = await withState(t)
    const { code } = await run(
      place,
      { ...NEW, SLUICE_KILL: `after-commit:${nth}`, NODE_OPTIONS: KILL_POINT },
      RENAMES,
    )
    if (code !== null) break
    const without = await run(place, NEW)
    if (
      /was renaming steps, which did not come to its end: run it with --rename-state old-readings=new-readings/.test(
        without.stderr,
      )
    ) {
      refusals.push(nth)
      assert.match((await place.run(['savepoint', 'create', 'renamed', 'x'])).stderr, /was renaming steps/)
    }
    if (without.code !== 0) {
      const again = await run(place, NEW, RENAMES)
      assert.equal(again.code, 0, again.stderr)
    }
    await goesOnAsUntouched(t, place, NEW)
  }
  t.diagnostic(`killed while renaming at commits ${refusals.join()}, and not any more at ${nth}`)
  assert.ok(refusals.length >= 2)
})

for (const [options, said] of [
  [
    ['--rename-state', 'none=new-sum'],
    /there is no state of a step "none" to rename; there is state of: old-/,
  ],
  [
    ['--rename-state', 'old-sum=old-count'],
    /step "old-sum" cannot be renamed to "old-count", which has state of its own/,
  ],
  [['--rename-state', 'old-sum'], /--rename-state is "old-sum"; expected OLD=NEW/],
  [['--rename-state', 'old-sum=new-count'], /step "new-count" was "window .*" and is now "/],
] as const) {
  test(`a run with ${options.join(' ')} is refused, and changes nothing`, async t => {
    const place = await withState(t)
    const { code, stderr } = await run(place, NEW, options)
    assert.notEqual(code, 0)
    assert.match(stderr, said)
    await goesOnAsUntouched(t, place, {})
  })
}

async function withState(t: TestContext, more: readonly string[] = []): Promise<Place> {
  const place = new Place(t)
  await feed(place, 0, 60)
  const { code, stderr } = await run(place, {}, more)
  assert.equal(code, 0, stderr)
  return place
}

function run(place: Place, env: NodeJS.ProcessEnv, more: readonly string[] = []) {
  return place.run(['run', program('renamed'), '--until-caught-up', ...more], '', env)
}

/** Feeds more, drains, and compares with an app that was never renamed. */
async function goesOnAsUntouched(t: TestContext, place: Place, env: NodeJS.ProcessEnv): Promise<void> {
  const untouched = new Place(t)
  await feed(untouched, 0, 60)
  for (const each of [place, untouched]) {
    await feed(each, 60, 100)
    const { code, stderr } = await each.run(
      ['run', program('renamed'), '--drain'],
      '',
      each === place ? env : {},
    )
    assert.equal(code, 0, stderr)
  }
  assert.deepEqual(await counts(place), await counts(untouched))
}

async function feed(place: Place, from: number, to: number): Promise<void> {
  await place.broker(async broker => {
    await broker.createTopic({ name: 'readings', partitions: 2, kind: 'user' })
    const appends = [0, 1].flatMap(partition => {
      const builder = new BatchBuilder()
      for (let n = from; n < to; n++) {
        const time = n * 300 - (n % 10 === 0 ? 4000 : 0) + 5000
        const reading = { sensor: `s${partition}-${n % 3}`, time, value: n }
        builder.append(null, Buffer.from(JSON.stringify(reading)), n)
      }
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic: 'readings', partition, batch }]
    })
    await broker.produce(appends)
  })
}

async function counts(place: Place): Promise<readonly string[]> {
  return (await place.run(['topic', 'read', 'counts', '--values'])).stdout.split('\n').sort()
}
