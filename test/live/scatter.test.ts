/** What a scattered stream asks of its pool, and where there is none: no worker runs here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { App, json, type KeyedStream, moduleFunction, openPool, type Pool, Stream } from '../../src/index.ts'
import { Stream as LiveStream } from '../../src/runtime/live/index.ts'
import { turn } from './turns.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never

const NUMBERS = Array.from({ length: 20 }, (_, number) => number)
const double = moduleFunction<(value: number) => number>('node:nowhere', 'double')
const pair = moduleFunction<(a: number, b: string) => Promise<boolean>>('node:nowhere', 'pair')

/** A pool whose calls end when the test says so, each with its first argument. */
function manualPool(capacity: number) {
  const calls: (() => void)[] = []
  const counts = { underWay: 0, most: 0, closed: 0 }
  const pool: Pool = {
    workers: 1,
    pending: 0,
    capacity,
    room: () => Promise.resolve(),
    run: (_, args) => {
      counts.underWay++
      counts.most = Math.max(counts.most, counts.underWay)
      return new Promise(resolve => {
        calls.push(() => {
          counts.underWay--
          // What comes back is what went there: all functions of these tests are of that kind.
          resolve(args[0] as never)
        })
      })
    },
    close: async () => {
      counts.closed++
    },
  }
  return { pool, calls, counts }
}

test('a source is held back at the capacity of the pool, and no more than that is under way', async () => {
  const { pool, calls, counts } = manualPool(4)
  let taken = 0
  function* source(): Generator<number> {
    for (const number of NUMBERS) {
      taken++
      yield number
    }
  }
  const stream = Stream.from(source())
  const seen = stream.scatter(pool).map(double).gather().toArray()
  const running = stream.run()
  for (let round = 0; round < 5; round++) await turn()
  assert.equal(counts.underWay, 4)
  assert.ok(taken <= 6, `${taken} elements were taken`)
  while (seen.length < NUMBERS.length) {
    calls.shift()?.()
    await turn()
  }
  await running
  assert.deepEqual([seen, counts.most], [NUMBERS, 4])
})

test('scan has one call under way at a time', async () => {
  const { pool, calls, counts } = manualPool(4)
  const stream = new Stream<number>()
  const add = moduleFunction<(sum: number, value: number) => number>('node:nowhere', 'add')
  stream.scatter(pool).scan(add, 0)
  const emitted = [1, 2, 3].map(n => stream.emit(n))
  for (let done = 0; done < 3; done++) {
    await turn()
    calls.shift()?.()
  }
  for (const each of emitted) await each
  assert.equal(counts.most, 1)
})

test('a pool that was handed in outlives the stream', async () => {
  const { pool, counts } = manualPool(1)
  const stream = new Stream<number>()
  stream.scatter(pool).map(double).gather()
  await stream.dispose()
  assert.equal(counts.closed, 0)
})

test('what a scattered stream is made of is in the graph, in the open', () => {
  const app = new App('open')
  const stream = app.stream(app.topic('numbers', { value: json<number>() }))
  stream.scatter({ workers: 2 }).map(double).filter(moduleFunction<(n: number) => boolean>('node:nowhere'))
  assert.deepEqual(
    app.graph().steps.map(({ id, kind, within }) => `${id} ${kind} ${within.join('/')}`),
    [
      'numbers source ',
      'numbers.map async scatter',
      'numbers.filter async scatter',
      'numbers.flatten flatMap scatter/filter',
    ],
  )
})

test('scan on a pool is refused in an app, with what to write instead', () => {
  const app = new App('scan')
  const stream = app.stream(app.topic('numbers', { value: json<number>() }))
  assert.throws(
    () =>
      stream
        .scatter({ workers: 1 })
        .scan(moduleFunction<(a: number, b: number) => number>('node:nowhere'), 0),
    { code: 'GRAPH_INVALID', message: /its state is nowhere stored; in an app write gather\(\)\.scan\(\)/ },
  )
})

test('a stream of sluice/live says that it has no pools', () => {
  assert.throws(() => new LiveStream<number>().scatter({ workers: 1 }), {
    code: 'GRAPH_INVALID',
    message: "scatter needs Node, and the Stream of 'sluice', not of 'sluice/live'",
  })
})

test('wrong options of a scatter are refused as it is made', () => {
  const stream = new Stream<number>()
  assert.throws(() => stream.scatter({ workers: 0 }), {
    code: 'OPTION_INVALID',
    message: /^workers of a pool is 0/,
  })
  // As a program without types may say it.
  assert.throws(() => stream.scatter(2 as never), {
    code: 'OPTION_INVALID',
    message: 'scatter was given 2; expected options such as { workers: 2 }, or what openPool() gave',
  })
})

test('streams of from and zip, and what comes of them, can be scattered', async t => {
  const pool = openPool({ kind: 'threads', workers: 1 })
  t.after(() => pool.close())
  const made = [
    Stream.from([1]),
    Stream.zip([Stream.from([1])]).map(([n]) => n),
    new Stream<number>().map(n => n),
  ]
  for (const stream of made) assert.ok(stream.scatter({ workers: 1 }).map(double).gather() instanceof Stream)
})

test('the types are those of the functions, and of the stream that was scattered', () => {
  const stream = new Stream<readonly [number, string]>()
  const plain = stream.scatter({ workers: 1 }).starmap(pair).gather()
  const keyed = stream
    .keyBy(([n]) => n)
    .scatter({ workers: 1 })
    .map(moduleFunction<(value: readonly [number, string]) => string>('node:nowhere'))
    .gather()
  const same: [Same<typeof plain, Stream<boolean>>, Same<typeof keyed, KeyedStream<number, string>>] = [
    true,
    true,
  ]
  assert.equal(same.length, 2)
  // @ts-expect-error: the function takes numbers
  stream.scatter({ workers: 1 }).map(double)
  // @ts-expect-error: its second part is a string
  new Stream<readonly [number, number]>().scatter({ workers: 1 }).starmap(pair)
})
