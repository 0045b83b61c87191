/** The `group` commands. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLines, Place, program } from './command.ts'

const READINGS = [1, 2, 3].map(second => ({ sensor: 's', time: second * 1000, value: second }))

test('a group is described with positions, lag and whether it runs', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, READINGS)
  await place.run(['run', program('prints'), '--until-caught-up'])
  await place.run(['topic', 'write', 'readings'], '4\n5\n')
  const stopped = jsonLines((await place.run(['group', 'describe', 'prints', '--json'])).stdout)
  assert.deepEqual(stopped, [
    {
      name: 'prints',
      running: false,
      pid: null,
      pausedSince: null,
      shards: 1,
      runs: 1,
      state: { readings: 'source readings' },
      inputs: [{ step: 'readings', partition: 0, topic: 'readings', position: 3, end: 5, lag: 2, epoch: 1 }],
    },
  ])
  const running = place.start(['run', program('prints')])
  await running.says('running on')
  const list = await place.run(['group', 'list'])
  assert.match(list.stdout, new RegExp(`^prints +yes, process ${running.pid} `, 'm'))
  running.child.kill('SIGTERM')
  await running.ended
})

test('a reset needs a stopped app, and lets it begin anew', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, READINGS)
  const running = place.start(['run', program('sums')])
  await running.says('running on')
  const refused = await place.run(['group', 'reset', 'sums'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, new RegExp(`is running, by process ${running.pid}: stop it`))
  running.child.kill('SIGTERM')
  await running.ended
  const reset = await place.run(['group', 'reset', 'sums'])
  assert.equal(reset.code, 0, reset.stderr)
  const topics = jsonLines((await place.run(['topic', 'list', '--all', '--json'])).stdout)
  assert.deepEqual(
    topics.map(topic => (topic as { readonly name: string }).name),
    ['readings', 'sums'],
  )
  const again = await place.run(['run', program('sums'), '--drain'])
  assert.match(again.stderr, /3 records read, 1 written/)
})

test('a reset leaves the topics of an app alone whose name begins alike', async t => {
  const place = new Place(t)
  await place.broker(async broker => {
    for (const app of ['a', 'a.b']) {
      await broker.createTopic({ name: `${app}.count.changelog`, partitions: 1, kind: 'changelog' })
      await broker.group(app).setFact('shards', 1)
    }
  })
  assert.equal((await place.run(['group', 'reset', 'a'])).code, 0)
  const topics = await place.broker(broker => broker.topics())
  assert.deepEqual(
    topics.map(topic => topic.name),
    ['a.b.count.changelog'],
  )
})

test('a group that has never run is an error that names those that have', async t => {
  const place = new Place(t)
  await place.topic('readings', 1)
  const none = await place.run(['group', 'list'])
  assert.equal(none.code, 0)
  assert.match(none.stderr, /no app has run/)
  const { code, stderr } = await place.run(['group', 'reset', 'prints'])
  assert.equal(code, 1)
  assert.match(stderr, /no app "prints" has run on/)
})
