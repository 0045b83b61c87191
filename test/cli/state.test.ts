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

test('what was exported comes back by an import, mended, and the app goes on with it', async t => {
  const place = await withState(t)
  const exported = (await place.run(['state', 'export', 'sums', STEP])).stdout
  const [window] = (jsonLines(exported) as readonly Line[]).filter(({ cell }) => cell === 'windows')
  assert.ok(window !== undefined)
  const other = { ...window, shard: undefined, key: 'z' }
  const file = place.file('more.jsonl', JSON.stringify(other))
  const imported = await place.run(['state', 'import', 'sums', STEP, file])
  assert.equal(imported.code, 0, imported.stderr)
  assert.match(imported.stderr, /^put 1 entry into step "readings\.sum" of app "sums"$/m)
  const found = await place.run(['state', 'get', 'sums', STEP, '--key', 'z'])
  assert.deepEqual(windowsOf(found.stdout), [[10000, 'z']])
  assert.equal((await place.run(['run', program('sums'), '--drain'])).code, 0)
  const sums = jsonLines((await place.run(['topic', 'read', 'sums', '--values'])).stdout)
  assert.deepEqual(
    (sums as readonly { sensor: string; start: number; sum: number }[])
      .filter(({ start }) => start === 5000)
      .map(({ sensor, sum }) => `${sensor} ${sum}`)
      .sort((a, b) => a.localeCompare(b)),
    ['1 3.5', 'z 3.5'],
  )
})

test('a step is filled before its app has ever run, on shards that the command is told of', async t => {
  const place = await withState(t)
  const exported = (await place.run(['state', 'export', 'sums', STEP, '--cell', 'windows'])).stdout
  const elsewhere = ['--broker', 'file:./other.broker']
  const into = [
    'state',
    'import',
    'sums',
    STEP,
    place.file('windows.jsonl', exported),
    '--by',
    'key',
    ...elsewhere,
  ]
  const unknown = await place.run(into)
  assert.equal(unknown.code, 2)
  assert.match(
    unknown.stderr,
    /app "sums" has had no step "readings.sum"; known are: none, as it has not run. .* give --new/,
  )
  assert.match(
    (await place.run([...into, '--new'])).stderr,
    /the number of its shards is not known: give --shards N/,
  )
  const done = await place.run([...into, '--new', '--shards', '3'])
  assert.equal(done.code, 0, done.stderr)
  await place.brokerAt('other', broker =>
    broker.createTopic({ name: 'readings', partitions: 3, kind: 'user' }),
  )
  const ran = await place.run(['run', program('sums'), '--drain', ...elsewhere])
  assert.equal(ran.code, 0, ran.stderr)
  const sums = await place.run(['topic', 'read', 'sums', '--values', ...elsewhere])
  assert.deepEqual(jsonLines(sums.stdout), [{ sensor: '1', start: 5000, sum: 3.5 }])
})

for (const [line, said] of [
  ['{', /line 2 is no JSON/],
  ['[]', /line 2 is .*; expected \{"cell", "namespace", "key", "value"\}/],
  ['{"key":"a","value":1}', /line 2 says no "cell"/],
  ['{"cell":"windows","key":null,"value":1}', /line 2 has the key null; expected a string/],
  ['{"cell":"windows","key":"a"}', /line 2 has no "value"/],
  ['{"cell":"windows","key":"a","value":{"$date":"x"}}', /line 2 holds what is no value/],
  ['{"cell":"windows","key":"a","value":1,"shard":7}', /line 2 says shard 7; there are the shards 0 to 1/],
  ['{"cell":"floor","key":"","value":1}', /line 2 is the one value of a whole shard, and says no "shard"/],
  [
    '{"step":"other","cell":"windows","key":"a","value":1}',
    /line 2 is of step "other", not of "readings.sum"/,
  ],
  [
    '{"cell":"windows","namespace":10000,"key":"good","value":1}',
    /line 2 is the second one for cell "windows", namespace 10000, key "good"/,
  ],
] as const) {
  test(`an import with the line ${line} is refused, and changes nothing`, async t => {
    const place = await withState(t)
    const before = (await place.run(['state', 'export', 'sums', STEP])).stdout
    const good = JSON.stringify({ cell: 'windows', namespace: 10000, key: 'good', value: 1 })
    const { code, stderr } = await place.run([
      'state',
      'import',
      'sums',
      STEP,
      place.file('x.jsonl', good, line),
    ])
    assert.equal(code, 1, stderr)
    assert.match(stderr, said)
    assert.match(stderr, /Nothing was changed\./)
    assert.equal((await place.run(['state', 'export', 'sums', STEP])).stdout, before)
  })
}

test('an import into a running app is refused', async t => {
  const place = await withState(t)
  const running = place.start(['run', program('sums')])
  await running.says('running on')
  const { code, stderr } = await place.run(['state', 'import', 'sums', STEP, place.file('x.jsonl', '')])
  assert.equal(code, 1)
  assert.match(stderr, /app "sums" is running, by process \d+: stop it before the import/)
  running.child.kill('SIGINT')
  await running.ended
})
