/** `sluice pause` and `resume`: a paused app reads nothing, survives kills, and ends as one that never paused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { BatchBuilder, type Broker } from '../../src/broker/index.ts'
import type { Holder } from '../../src/runtime/index.ts'
import { jsonLines, Place, program } from './command.ts'

const PARTITIONS = 2

for (const workers of ['1', '2']) {
  test(`a paused app with ${workers} workers reads nothing, even when one is killed, and goes on to the same`, async t => {
    const place = new Place(t)
    await feed(place, 0, 50)
    const running = place.start(['run', program('sums'), '--workers', workers, '--json'])
    await running.says('"type":"progress"')
    const paused = await place.run(['pause', 'sums'])
    assert.match(
      paused.stderr,
      /^app "sums" is paused since \S+; it runs, and stops reading within a second$/m,
    )
    for (let worker = 0; worker < Number(workers); worker++) await says(running, 'paused since', worker + 1)
    const positions = await place.broker(at)
    await feed(place, 50, 100)
    assert.match(
      (await place.run(['group', 'describe', 'sums'])).stdout,
      /sums: running as process \d+, paused since 2/,
    )
    const doctor = await place.run(['doctor'])
    assert.match(
      doctor.stdout,
      /! app "sums" is paused since \S+, 100 records behind\n {2}→ sluice resume sums/,
    )
    assert.equal(doctor.code, 0)

    const { workers: pids } = await place.broker(async b => (await b.group('sums').fact('holder')) as Holder)
    process.kill(pids[0]?.pid ?? 0, 'SIGKILL')
    await says(running, 'paused since', Number(workers) + 1)
    assert.deepEqual(await place.broker(at), positions)

    assert.match((await place.run(['resume', 'sums'])).stderr, /^app "sums" goes on$/m)
    while ((await place.broker(at)).some(next => next < 100)) await wait(10)
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    assert.equal(code, 130)
    const progress = jsonLines(stdout).filter(line => (line as { type: string }).type === 'progress')
    assert.ok(progress.some(line => Number((line as { pausedSince: unknown }).pausedSince) > 0))
    assert.equal((jsonLines(stdout).at(-1) as { pausedSince: unknown }).pausedSince, null)

    assert.equal((await place.run(['run', program('sums'), '--drain'])).code, 0)
    const untouched = new Place(t)
    await feed(untouched, 0, 100)
    assert.equal((await untouched.run(['run', program('sums'), '--drain'])).code, 0)
    assert.deepEqual(await sums(place), await sums(untouched))
  })
}

test('a signal ends a paused run cleanly; the next one is paused from its start, and one with an end is refused', async t => {
  const place = new Place(t)
  await feed(place, 0, 50)
  const first = place.start(['run', program('sums')])
  await first.says('running on')
  await place.run(['pause', 'sums'])
  await first.says('paused since')
  first.child.kill('SIGTERM')
  const ended = await first.ended
  assert.equal(ended.code, 143, ended.stderr)
  assert.match(ended.stderr, /stopped after a commit/)
  const refused = await place.run(['run', program('sums'), '--until-caught-up'])
  assert.equal(refused.code, 2)
  assert.match(
    refused.stderr,
    /app "sums" is paused since \S+, so a run that is to come to an end would wait: "sluice resume sums" first/,
  )
  const again = await place.run(['pause', 'sums'])
  assert.match(again.stderr, /; it does not run now$/m)
  await feed(place, 50, 60)
  const second = place.start(['run', program('sums')])
  await second.says('paused since')
  assert.ok((await place.broker(at)).every(next => next <= 50))
  second.child.kill('SIGKILL')
  await second.ended
  await place.run(['resume', 'sums'])
  assert.match((await place.run(['resume', 'sums'])).stderr, /app "sums" was not paused/)
  assert.equal((await place.run(['run', program('sums'), '--until-caught-up'])).code, 0)
  assert.ok((await place.broker(at)).every(next => next === 60))
  const unknown = await place.run(['pause', 'none'])
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /no app "none" has run/)
})

/** Records `from` to `to` of each partition. */
async function feed(place: Place, from: number, to: number): Promise<void> {
  await place.broker(async broker => {
    await broker.createTopic({ name: 'readings', partitions: PARTITIONS, kind: 'user' })
    const appends = Array.from({ length: PARTITIONS }, (_, partition) => {
      const builder = new BatchBuilder()
      for (let n = from; n < to; n++) {
        const reading = { sensor: `s${n % 3}`, time: n * 300, value: n + partition }
        builder.append(null, Buffer.from(JSON.stringify(reading)), n)
      }
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic: 'readings', partition, batch }]
    })
    await broker.produce(appends.flat())
  })
}

/** Where it stands in its input. */
async function at(broker: Broker): Promise<readonly number[]> {
  const positions = await broker.group('sums').positions()
  return positions.filter(({ topic }) => topic === 'readings').map(({ next }) => next)
}

async function sums(place: Place): Promise<readonly string[]> {
  return (await place.run(['topic', 'read', 'sums', '--values'])).stdout.split('\n').sort()
}

/** Resolves when a text has been said so many times. */
async function says(running: ReturnType<Place['start']>, text: string, times: number): Promise<void> {
  while (running.heard().split(text).length <= times) await wait(10)
}
