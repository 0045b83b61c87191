/** `sluice state`: what an app remembers, read of it and of savepoints, and written into it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { jsonLines, Place, program } from './command.ts'

const STEP = 'readings.sum'

async function withState(t: TestContext): Promise<Place> {
  const place = new Place(t)
  await place.topic('readings', 2, [
    { sensor: '1', time: 1000, value: 1 },
    { sensor: 'b', time: 2000, value: 2 },
    { sensor: '1', time: 7000, value: 3 },
    { sensor: '1', time: 6500, value: 0.5 },
  ])
  assert.equal((await place.run(['run', program('sums'), '--until-caught-up'])).code, 0)
  return place
}

interface Line {
  readonly step: string
  readonly cell: string
  readonly shard: number
  readonly namespace: unknown
  readonly key: unknown
  readonly value: unknown
}

function windowsOf(lines: string): readonly (readonly [unknown, unknown])[] {
  // What every line of an export has.
  const found = jsonLines(lines) as readonly Line[]
  return found.filter(({ cell }) => cell === 'windows').map(({ namespace, key }) => [namespace, key] as const)
}

test('state is listed by step and cell, and read by key and namespace, of an app and of a savepoint', async t => {
  const place = await withState(t)
  const listed = await place.run(['state', 'list', 'sums'])
  assert.match(
    listed.stdout,
    /^STEP +CELL +ENTRIES +SIZE\nreadings\.sum +floor +\d +\d+ B\nreadings\.sum +windows +1 +\d+ B$/m,
  )
  assert.equal((await place.run(['savepoint', 'create', 'sums', 'x'])).code, 0)
  for (const more of [[], ['--savepoint', 'x']]) {
    const get = (...words: readonly string[]) => place.run(['state', 'get', 'sums', STEP, ...words, ...more])
    assert.deepEqual(windowsOf((await get('--key', '"1"', '--namespace', '10000')).stdout), [[10000, '1']])
    const none = await get('--key', '1')
    assert.equal(none.code, 1)
    assert.match(none.stderr, /there is no such entry/)
    const cell = await get('--cell', 'window')
    assert.equal(cell.code, 2)
    assert.match(cell.stderr, /has no entry in a cell "window"; it has some in: floor, windows/)
  }
  const step = await place.run(['state', 'get', 'sums', 'readings.sums'])
  assert.match(
    step.stderr,
    /app "sums" has no state of a step "readings.sums"; there is state of: readings.sum/,
  )
  const app = await place.run(['state', 'list', 'none'])
  assert.match(app.stderr, /there is no app "none"/)
})

test('an export of a running app is what its last commit left, the same as of a savepoint', async t => {
  const place = await withState(t)
  const running = place.start(['run', program('sums')])
  await running.says('running on')
  const exported = await place.run(['state', 'export', 'sums', STEP])
  assert.equal(exported.code, 0, exported.stderr)
  await place.run(['savepoint', 'create', 'sums', 'x'])
  running.child.kill('SIGINT')
  await running.ended
  const kept = await place.run(['state', 'export', 'sums', STEP, '--savepoint', 'x'])
  assert.equal(kept.stdout, exported.stdout)
  assert.deepEqual(windowsOf(kept.stdout), [[10000, '1']])
})
