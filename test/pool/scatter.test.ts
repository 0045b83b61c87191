/** Scattered streams: steps that run on real workers, which are killed. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { App, json, type ModuleFunction, moduleFunction, Stream } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'
import { folder, isAlive, KINDS, until, untilFiles } from './fixture.ts'

type Work = typeof import('./programs/scattered.ts')

const WORK = new URL('./programs/scattered.ts', import.meta.url)
const NUMBERS = Array.from({ length: 30 }, (_, number) => number)

function work<Name extends keyof Work>(
  name: Name,
): ModuleFunction<Parameters<Work[Name]>, Awaited<ReturnType<Work[Name]>>> {
  return moduleFunction<Work[Name]>(WORK, name)
}

/** Emits all before any of them is done. */
async function emitAll(stream: Stream<number>, values: readonly number[]): Promise<void> {
  for (const done of values.map(value => stream.emit(value))) await done
}

for (const kind of KINDS) {
  test(`${kind}: scatter, map, scan and gather give what map and scan give here`, async t => {
    const stream = Stream.from(NUMBERS)
    t.after(() => stream.dispose())
    const scattered = stream
      .scatter({ kind, workers: 2 })
      .map(work('increment'))
      .scan(work('add'), 0)
      .gather()
      .toArray()
    const here = stream
      .map(n => n + 1)
      .scan((sum, n) => sum + n, 0)
      .toArray()
    await stream.run()
    assert.equal(here.length, 30)
    assert.deepEqual(scattered, here)
  })

  test(`${kind}: elements keep their order, whichever worker is done first`, async t => {
    const stream = Stream.from(NUMBERS)
    t.after(() => stream.dispose())
    const seen = stream.scatter({ kind, workers: 3 }).map(work('shuffled')).gather().toArray()
    await stream.run()
    assert.deepEqual(seen, NUMBERS)
  })

  test(`${kind}: what a worker was doing when it was killed is done by another, in its place`, async t => {
    const place = folder(t)
    const deaths: string[] = []
    const stream = Stream.from(NUMBERS.map(id => ({ place, id, dies: id % 10 === 3 })))
    t.after(() => stream.dispose())
    const options = { kind, workers: 2, onDeath: ({ how }: { readonly how: string }) => deaths.push(how) }
    const seen = stream.scatter(options).map(work('dieOnce')).gather().toArray()
    await stream.run()
    assert.deepEqual(seen, NUMBERS)
    assert.deepEqual(new Set(deaths), new Set([kind === 'processes' ? 'SIGKILL' : 'exit code 9']))
    assert.equal(deaths.length, 3)
  })

  test(`${kind}: in an app, what a worker was doing when it died is done by another, in its place`, async t => {
    const place = folder(t)
    const app = new App('scatter')
    const topic = app.topic('numbers', {
      value: json<{ place: string; id: number; dies: boolean }>(),
      partitions: 1,
    })
    const seen = app
      .stream(topic)
      .scatter({ kind, workers: 2 })
      .map(work('dieOnce'))
      .filter(work('isEven'))
      .gather()
      .toArray()
    const driver = new TestDriver(app)
    await driver.feed(
      topic,
      NUMBERS.map(id => ({ place, id, dies: id % 10 === 4 })),
    )
    await driver.drain()
    assert.deepEqual(
      seen,
      NUMBERS.filter(id => id % 2 === 0),
    )
  })

  test(`${kind}: dispose() ends the workers, and drops what they were doing`, async t => {
    const place = folder(t)
    const stream = new Stream<{ place: string; id: number; dies: boolean }>()
    const seen = stream.scatter({ kind, workers: 2 }).map(work('waitForGo')).gather().toArray()
    for (const id of [1, 2, 3, 4, 5]) void stream.emit({ place, id, dies: false })
    const files = [join(place, 'pid-1'), join(place, 'pid-2')]
    await untilFiles(...files)
    await until(() => files.every(file => readFileSync(file, 'utf8') !== ''))
    await stream.dispose()
    writeFileSync(join(place, 'go'), '')
    assert.deepEqual(seen, [])
    for (const file of files) {
      const pid = Number(readFileSync(file, 'utf8'))
      assert.ok(pid === process.pid || !isAlive(pid))
    }
  })
}

test('processes: a worker that is killed by SIGKILL loses no element', async t => {
  const place = folder(t)
  const stream = new Stream<{ place: string; id: number; dies: boolean }>()
  t.after(() => stream.dispose())
  const seen = stream.scatter({ kind: 'processes', workers: 2 }).map(work('waitForGo')).gather().toArray()
  const emitted = [1, 2, 3].map(id => stream.emit({ place, id, dies: false }))
  const file = join(place, 'pid-1')
  const readPid = (): string => {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return ''
    }
  }
  await until(() => readPid() !== '')
  const victim = Number(readPid())
  rmSync(file)
  process.kill(victim, 'SIGKILL')
  await until(() => readPid() !== '')
  assert.notEqual(Number(readPid()), victim)
  writeFileSync(join(place, 'go'), '')
  for (const each of emitted) await each
  assert.deepEqual(seen, [1, 2, 3])
})

test('starmap gives a function on a worker the parts of each element', async t => {
  const stream = new Stream<readonly [number, number]>()
  t.after(() => stream.dispose())
  const seen = stream.scatter({ workers: 1 }).starmap(work('power')).gather().toArray()
  for (const pair of [[2, 3] as const, [3, 2] as const]) await stream.emit(pair)
  assert.deepEqual(seen, [8, 9])
})

test('an error of a worker goes by the policy of its step, with its message', async t => {
  const stream = new Stream<number>()
  t.after(() => stream.dispose())
  const skipped = { id: 'refuse', onError: 'deadLetter' } as const
  const seen = stream.scatter({ workers: 2 }).map(work('refuse'), skipped).gather().toArray()
  const letters = stream.deadLetters().toArray()
  for (const n of [0, 1, 2]) await stream.emit(n)
  assert.deepEqual(seen, [0, 2])
  const [letter] = letters
  assert.deepEqual([letter?.step, letter?.element], ['refuse', 1])
  assert.match(letter?.message ?? '', /^step "refuse" failed on element 1: RangeError: 1 is odd$/)
})

test('without a policy, emit fails with the error of the worker', async t => {
  const stream = new Stream<number>()
  t.after(() => stream.dispose())
  stream
    .scatter({ workers: 1 })
    .map(work('refuse'), { id: 'refuse' })
    .gather()
    .sink(() => {})
  await assert.rejects(async () => stream.emit(1), {
    code: 'STEP_FAILED',
    step: 'refuse',
    message: 'step "refuse" failed on element 1: RangeError: 1 is odd',
  })
  await stream.emit(2)
})

test('a value that cannot be copied is named, with the step', async t => {
  // As a program without types may have it.
  const stream = new Stream<number>({ name: 'values' })
  t.after(() => stream.dispose())
  const value = { on: { click: () => {} } } as unknown as number
  stream
    .scatter({ workers: 1 })
    .map(work('increment'), { id: 'increment' })
    .gather()
    .sink(() => {})
  await assert.rejects(async () => stream.emit(value), {
    code: 'ENCODE_FAILED',
    message:
      /^step "increment" failed on element .*argument 1 of increment of .* cannot be copied to a worker: \.on\.click is a function/,
  })
})

test('when a call of scan fails, the state stays as it was', async t => {
  const stream = new Stream<number>()
  t.after(() => stream.dispose())
  const seen = stream.scatter({ workers: 2 }).scan(work('add'), 10, { onError: 'skip' }).gather().toArray()
  await emitAll(stream, [1, -5, 2, -5, 3])
  assert.deepEqual(seen, [11, 13, 16])
})

test('a keyed stream keeps its key, and scan a state for each', async t => {
  const stream = new Stream<number>()
  t.after(() => stream.dispose())
  const sums = stream
    .keyBy(n => n % 2 === 0)
    .scatter({ workers: 2 })
    .scan(work('add'), 0)
    .gather()
  const seen = sums.running().count().toArray()
  const values = sums.toArray()
  await emitAll(stream, [1, 2, 3, 4, 5])
  assert.deepEqual(values, [1, 2, 4, 6, 9])
  assert.deepEqual(
    seen.map(({ key, value }) => `${key} ${value}`),
    ['false 1', 'true 1', 'false 2', 'true 2', 'false 3'],
  )
})

test('in order by key, a slow element holds up only those of its key', async t => {
  const place = folder(t)
  const stream = new Stream<{ place: string; id: number; dies: boolean }>()
  t.after(() => stream.dispose())
  const seen = stream
    .keyBy(({ id }) => id % 2)
    .scatter({ workers: 2 })
    .map(work('oddWait'), { order: 'key', capacity: 10 })
    .gather()
    .toArray()
  const emitted = [1, 3, 2, 4, 6].map(id => stream.emit({ place, id, dies: false }))
  await until(() => seen.length === 3)
  assert.deepEqual(seen, [2, 4, 6])
  writeFileSync(join(place, 'go'), '')
  for (const each of emitted) await each
  assert.deepEqual(seen, [2, 4, 6, 1, 3])
})

test('order by key is refused where there are no keys', async t => {
  const stream = new Stream<number>()
  t.after(() => stream.dispose())
  assert.throws(() => stream.scatter({ workers: 1 }).map(work('increment'), { order: 'key' }), {
    code: 'OPTION_INVALID',
    message: /^map: order is "key", but elements have no key here; put keyBy/,
  })
})

test('an app that fails ends what its pool is doing', async t => {
  const place = folder(t)
  const app = new App('failing')
  const topic = app.topic('numbers', {
    value: json<{ place: string; id: number; dies: boolean }>(),
    partitions: 1,
  })
  app
    .stream(topic)
    .scatter({ kind: 'processes', workers: 2 })
    .map(work('afterFirst'), { order: 'none' })
    .gather()
    .map(id => {
      throw new RangeError(`${id} is too much`)
    })
    .toArray()
  const driver = new TestDriver(app)
  await driver.feed(topic, [
    { place, id: 1, dies: false },
    { place, id: 2, dies: false },
  ])
  await assert.rejects(driver.run(), { code: 'STEP_FAILED' })
  const file = join(place, 'pid-1')
  await until(() => !isAlive(Number(readFileSync(file, 'utf8'))))
})
