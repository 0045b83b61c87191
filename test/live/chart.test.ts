/** Charts of live streams: what they show, what they bound, and what they leave alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  App,
  chart,
  drawLineChart,
  drawTerminalChart,
  json,
  type LiveChart,
  Stream,
  vegaLiteChart,
} from '../../src/index.ts'

test('a chart draws the newest elements, as the pure functions do', async () => {
  const stream = new Stream<number>()
  const attic = chart(stream, { title: 'attic', last: 3 })
  for (const value of [5, 1, 2, 3]) await stream.emit(value)
  const rows = [1, 2, 3].map(value => ({ at: value, value }))
  const options = { title: 'attic', axis: 'index' } as const
  assert.equal(attic.svg({ width: 300 }), drawLineChart(rows, { ...options, width: 300 }))
  assert.equal(attic.terminal({ height: 6 }), drawTerminalChart(rows, { ...options, height: 6 }))
  assert.deepEqual(attic.vegaLite(), vegaLiteChart(rows, options))
})

test('without last, a chart keeps 200 elements', async () => {
  const stream = new Stream<number>()
  const all = chart(stream)
  for (let value = 0; value < 1000; value++) await stream.emit(value)
  const { values } = all.vegaLite().data
  assert.deepEqual([values.length, values[0]?.value, values.at(-1)?.value], [200, 800, 999])
})

test('objects of numbers are a line for each name, as they were when they came', async () => {
  const stream = new Stream<{ celsius: number; humidity: number | null }>()
  const both = chart(stream)
  const reading: { celsius: number; humidity: number | null } = { celsius: 20, humidity: 50 }
  await stream.emit(reading)
  reading.celsius = 21
  reading.humidity = null
  await stream.emit(reading)
  assert.deepEqual(
    both.vegaLite().data.values.map(({ series, value }) => `${series} ${value}`),
    ['celsius 20', 'celsius 21', 'humidity 50', 'humidity null'],
  )
})

test('elements with a time stand at it: of any source, and as withMeta gives them', async () => {
  const stream = new Stream<{ time: Date; value: number }>()
  const dated = chart(stream)
  await stream.emit({ time: new Date(5000), value: 1 })
  assert.deepEqual(
    [dated.vegaLite().data.values[0]?.at, dated.vegaLite().encoding.x.type],
    [5000, 'temporal'],
  )
  const plain = new Stream<number>()
  const stamped = chart(plain.withMeta())
  await plain.emit(1, { time: 7000 })
  assert.equal(stamped.vegaLite().data.values[0]?.at, 7000)
})

test('a chart holds nobody back, and what it cannot draw fails the drawing, not the stream', async () => {
  const stream = new Stream<number>({ name: 'numbers' })
  const numbers = chart(stream)
  const seen = stream.toArray()
  // As a program without types may have it.
  assert.equal(stream.emit('warm' as unknown as number), undefined)
  assert.equal(stream.emit(2), undefined)
  assert.equal(seen.length, 2)
  const message = /^row 0 of a chart has "warm" as value; expected a number/
  assert.throws(() => numbers.svg(), { code: 'STEP_FAILED', message })
  assert.match(inspect(numbers), /^Chart\(numbers\) row 0 of a chart has "warm"/)
})

test('a closed chart keeps what it has, and takes no more', async () => {
  const stream = new Stream<number>()
  const charted = async (): Promise<LiveChart> => {
    using closing = chart(stream)
    await stream.emit(1)
    return closing
  }
  const kept = await charted()
  await stream.emit(2)
  assert.equal(kept.vegaLite().data.values.length, 1)
})

test('the REPL shows a line of blocks and the newest value', async () => {
  const stream = new Stream<{ celsius: number; humidity: number }>({ name: 'attic' })
  const attic = chart(stream)
  assert.equal(inspect(attic), 'Chart(attic) no data yet')
  for (const celsius of [18, 20, 22]) await stream.emit({ celsius, humidity: 50 })
  assert.equal(inspect(attic), 'Chart(attic) celsius ▁▅█ 22, humidity ▄▄▄ 50')
})

test('a notebook gets an image, a specification and text', async () => {
  const stream = new Stream<number>()
  const attic = chart(stream)
  await stream.emit(1)
  // What Deno's kernel for Jupyter calls.
  const display = Reflect.get(attic, Symbol.for('Jupyter.display')) as () => Readonly<Record<string, unknown>>
  assert.deepEqual(display.call(attic), {
    'image/svg+xml': attic.svg(),
    'application/vnd.vegalite.v5+json': attic.vegaLite(),
    'text/plain': attic.terminal(),
  })
})

test('wrong options of a chart are refused, and streams of an app', () => {
  const stream = new Stream<number>()
  assert.throws(() => chart(stream, { last: 0 }), { code: 'OPTION_INVALID', message: /^a backlog of 0 rows/ })
  // As a program without types may say it.
  assert.throws(() => chart(stream, { lasts: 5 } as never), { message: /^chart: there is no option "lasts"/ })
  const app = new App('charts')
  assert.throws(() => chart(app.stream(app.topic('numbers', { value: json<number>() }))), {
    code: 'GRAPH_INVALID',
    message: /^chart works on a live stream/,
  })
})

test('what cannot be charted does not compile', () => {
  interface Reading {
    readonly celsius: number
  }
  chart(new Stream<Reading>()).close()
  chart(new Stream<{ time: number; value: Reading }>()).close()
  chart(new Stream<number | null>()).close()
  // @ts-expect-error: texts are no numbers
  chart(new Stream<string>()).close()
  // @ts-expect-error: the sensor is no number
  chart(new Stream<{ sensor: string; celsius: number }>()).close()
  assert.ok(true)
})
