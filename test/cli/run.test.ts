/** `sluice run`: how runs end, what they print, and what they say when they fail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLines, Place, program } from './command.ts'

const READINGS = Array.from({ length: 40 }, (_, index) => ({
  sensor: `s${index % 4}`,
  time: index * 1000,
  value: index,
}))

test('a drain closes all windows, and ends with exit code 0', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, READINGS)
  const { code, stdout, stderr } = await place.run(['run', program('sums'), '--drain'])
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '')
  assert.match(stderr, /sums: running on file:\.\/\.sluice, 4 tasks/)
  assert.match(stderr, /sums: drained: all windows are closed \(40 records read, 32 written/)
  const sums = jsonLines((await place.run(['topic', 'read', 'sums', '--values'])).stdout)
  const total = sums.reduce((sum: number, row) => sum + (row as { readonly sum: number }).sum, 0)
  assert.equal(total, (39 * 40) / 2)
})

test('several workers give the same, and their progress is one', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, READINGS)
  const { code, stdout, stderr } = await place.run([
    'run',
    program('sums'),
    '--drain',
    '--workers',
    '2',
    '--json',
  ])
  assert.equal(code, 0, stderr)
  const end = jsonLines(stdout).at(-1) as Readonly<Record<string, unknown>>
  assert.equal(end['type'], 'end')
  assert.equal(end['reason'], 'drained')
  assert.equal(end['workers'], 2)
  assert.equal(end['records'], 40)
  assert.equal(end['written'], 32)
})

test('--until-caught-up keeps windows open, and a second run has nothing left to do', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, READINGS)
  const first = await place.run(['run', program('sums'), '--until-caught-up'])
  assert.match(first.stderr, /sums: caught up \(40 records read, \d\d written/)
  const second = await place.run(['run', program('sums'), '--until-caught-up'])
  assert.match(second.stderr, /sums: caught up \(0 records read, 0 written/)
})

test('what a program prints goes to standard output, one compact JSON value a line', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, [{ a: 1 }, 'text', [2]])
  const { stdout } = await place.run(['run', program('prints'), '--until-caught-up'])
  assert.equal(stdout, '{"a":1}\n"text"\n[2]\n')
})

test('values that JSON cannot say are printed all the same', async t => {
  const place = new Place(t)
  const file = place.file(
    'odd.ts',
    "import { App } from 'sluice'",
    "const app = new App('odd')",
    "const odd = [1n, new Map([['a', 1]]), new Set([2]), Uint8Array.of(255), undefined, Buffer.from('x')]",
    "app.stream(app.topic('in')).map(() => odd).print()",
    'export default app',
  )
  await place.topic('in', 1, [0])
  const { stdout } = await place.run(['run', file, '--until-caught-up'])
  assert.deepEqual(jsonLines(stdout), [['1', [['a', 1]], [2], { base64: '/w==' }, null, { base64: 'eA==' }]])
})

test('--json prints JSON objects and nothing else, the last of type "end"', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, [1, 2])
  const { code, stdout } = await place.run(['run', program('prints'), '--json', '--for', '2s'])
  assert.equal(code, 0)
  const events = jsonLines(stdout) as readonly Readonly<Record<string, unknown>>[]
  assert.deepEqual(
    events.filter(event => event['type'] === 'print').map(event => event['value']),
    [1, 2],
  )
  assert.ok(events.some(event => event['type'] === 'progress'))
  const end = events.at(-1) ?? {}
  assert.equal(end['type'], 'end')
  assert.equal(end['reason'], 'time')
  assert.equal(end['records'], 2)
})

test('a failure names step, place, message and line, commits nothing of its own, and is exit code 1', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, [{ value: 1 }, { value: 13 }])
  const people = await place.run(['run', program('fails'), '--until-caught-up'])
  assert.equal(people.code, 1)
  assert.match(
    people.stderr,
    /step "readings\.map" failed \(readings\/0 at offset 1\): RangeError: thirteen is not for me\n +at .*fails\.ts:9/,
  )
  assert.doesNotMatch(people.stderr, /src\/engine/)
  const several = await place.run(['run', program('fails'), '--until-caught-up', '--workers', '2'])
  assert.equal(several.code, 1)
  assert.match(several.stderr, /thirteen is not for me\n +at .*fails\.ts:9/)
  const json = await place.run(['run', program('fails'), '--until-caught-up', '--json'])
  const [error, end] = jsonLines(json.stdout).slice(-2) as readonly Readonly<Record<string, unknown>>[]
  assert.equal(error?.['type'], 'error')
  assert.equal(error?.['code'], 'STEP_FAILED')
  assert.equal(error?.['step'], 'readings.map')
  assert.equal(end?.['reason'], 'failed')
})

test('an input topic that is missing is an error that says how to make it', async t => {
  const { code, stderr } = await new Place(t).run(['run', program('sums'), '--drain'])
  assert.equal(code, 1)
  assert.match(stderr, /topic "readings".* does not exist .*sluice topic create readings --partitions N/)
})

test('an app that runs already is refused, naming the process', async t => {
  const place = new Place(t)
  await place.topic('readings', 1)
  const holder = place.start(['run', program('prints')])
  await holder.says('running on')
  const { code, stderr } = await place.run(['run', program('prints')])
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`running already.* by process ${holder.pid}`))
  holder.child.kill('SIGINT')
  assert.equal((await holder.ended).code, 130)
})

test('a run that was to come to an end has not, when its reader leaves before', async t => {
  const place = new Place(t)
  await place.topic(
    'readings',
    1,
    Array.from({ length: 5000 }, (_, index) => `record ${index}`),
  )
  const slowly = place.file(
    'slowly.ts',
    "import { setTimeout as wait } from 'node:timers/promises'",
    "import { App } from 'sluice'",
    "const app = new App('slowly')",
    "app.stream(app.topic('readings')).map(value => wait(2, value)).print()",
    'export default app',
  )
  const running = place.start(['run', slowly, '--drain'])
  running.child.stdout?.once('data', () => running.child.stdout?.destroy())
  const { code, stderr } = await running.ended
  assert.match(stderr, /nobody reads the output any more/)
  assert.doesNotMatch(stderr, /EPIPE|\n +at /)
  assert.equal(code, 1)
})

for (const option of ['--for', '--commit-interval']) {
  test(`${option} without a unit is refused, with both that may be meant`, async t => {
    const { code, stderr } = await new Place(t).run(['run', program('prints'), option, '10'])
    assert.equal(code, 2)
    assert.equal(stderr, `error: ${option} is 10; say the unit: ${option} 10s or ${option} 10ms\n`)
  })
}

for (const workers of ['1', '2']) {
  test(`a reader that leaves, as head does, ends a run with ${workers} workers cleanly`, async t => {
    const place = new Place(t)
    const values = Array.from({ length: 40_000 }, (_, n) => n)
    await place.topic('readings', 2, values)
    const running = place.start(['run', program('prints'), '--workers', workers])
    await running.says('0\n')
    running.child.stdout?.destroy()
    const { code, stderr } = await running.ended
    assert.equal(code, 0, stderr)
    const [, read] =
      /stopped after a commit, as nobody reads the output any more \(([\d,]+) records read/.exec(stderr) ?? []
    const positions = await place.broker(broker => broker.group('prints').positions())
    // The printing step has a number of its commits there too.
    const inputs = positions.filter(({ topic }) => topic === 'readings')
    const committed = inputs.reduce((sum, position) => sum + position.next, 0)
    assert.equal(Number(read?.replaceAll(',', '')), committed)
  })
}

for (const workers of ['1', '2']) {
  test(`a program that is another one in each process is refused, with ${workers} workers`, async t => {
    const place = new Place(t)
    await place.topic('numbers', 2, [1, 2])
    const file = place.file(
      'changes.ts',
      "import { App, json } from 'sluice'",
      "const app = new App('changes')",
      "app.stream(app.topic('numbers', { value: json() })).print({ id: 'print-' + process.pid })",
      'export default app',
    )
    const { code, stdout, stderr } = await place.run(['run', file, '--until-caught-up', '--workers', workers])
    assert.match(
      stderr,
      /error: app "changes" is another one each time .* first step "print-\d+" \(sink\), and then step/,
    )
    assert.equal(stdout, '')
    assert.equal(code, 1)
  })
}
