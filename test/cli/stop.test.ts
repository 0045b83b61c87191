/** Signals: the first commits, the second ends at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { jsonLines, Place, program } from './command.ts'

const LOADS_SLOWLY = ['console.error("loading")', 'await new Promise(resolve => setTimeout(resolve, 20_000))']

for (const workers of ['1', '2']) {
  test(`SIGTERM under load commits and exits with 143 within 2 s, with ${workers} workers`, async t => {
    const place = new Place(t)
    const values = Array.from({ length: 60_000 }, (_, value) => ({ value }))
    await place.topic('readings', 2, values)
    const running = place.start(['run', program('slow'), '--json', '--workers', workers])
    await running.says('"type":"progress"')
    const since = performance.now()
    running.child.kill('SIGTERM')
    const { code, stdout, stderr } = await running.ended
    assert.ok(performance.now() - since < 2000)
    assert.equal(code, 143, stderr)
    const end = jsonLines(stdout).at(-1) as Readonly<Record<string, unknown>>
    assert.equal(end['reason'], 'signal')
    const records = Number(end['records'])
    assert.ok(records > 0 && records < values.length, `${records}`)
    const positions = await place.broker(broker => broker.group('slow').positions())
    const committed = positions.reduce((sum, position) => sum + position.next, 0)
    assert.equal(committed, records)
    const seen = await place.broker(broker => broker.partitions('seen'))
    assert.equal(
      seen.reduce((sum, partition) => sum + partition.end, 0),
      records,
    )
  })
}

test('a second signal ends at once', async t => {
  const place = new Place(t)
  const running = place.start(['run', place.file('slow.ts', ...LOADS_SLOWLY)])
  await running.says('loading')
  running.child.kill('SIGINT')
  await sleep(200)
  const since = performance.now()
  running.child.kill('SIGINT')
  assert.equal((await running.ended).code, 130)
  assert.ok(performance.now() - since < 500)
})

test('the echo of a signal is none, and what cannot stop cleanly is ended in time', async t => {
  const place = new Place(t)
  const running = place.start(['run', place.file('slow.ts', ...LOADS_SLOWLY)])
  await running.says('loading')
  const since = performance.now()
  running.child.kill('SIGINT')
  await sleep(20)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  const took = performance.now() - since
  assert.ok(took > 1500 && took < 2500, `${took}`)
  assert.match(stderr, /stopped before the step at hand was done/)
  assert.equal(code, 130)
})
