/** Types flow from the codec to the sink; what does not fit does not compile. */
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  App,
  approxDistinct,
  bottom,
  count,
  countBy,
  deviation,
  distinct,
  first,
  json,
  type KeyedStream,
  last,
  maxBy,
  median,
  minBy,
  quantile,
  quantiles,
  type Stream,
  sum,
  top,
  tumbling,
  type ValueCount,
  variance,
  type WindowResult,
} from '../../src/index.ts'

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never

/** The type of a stream's elements. */
type ElementOf<S> = S extends Stream<infer T> ? T : never

function sameType<A, B>(_same: Same<A, B>): void {
  // The compiler has checked it.
}

function newApp() {
  const app = new App('types')
  const readings = app.topic('readings', {
    value: json({ sensor: 'string', time: 'number', value: 'number', unit: 'string?' }),
  })
  return { app, readings, stream: app.stream(readings) }
}

test('the schema is the type', () => {
  const { stream } = newApp()
  type Reading = ElementOf<typeof stream>
  sameType<Reading['sensor'], string>(true)
  sameType<Reading['value'], number>(true)
  sameType<Reading['unit'], string | undefined>(true)
})

test('the key and the result of an aggregation have their types', () => {
  const { stream } = newApp()
  const bySensor = stream.keyBy('sensor').window(tumbling('5s'))
  sameType<ElementOf<ReturnType<typeof bySensor.count>>, WindowResult<string, number>>(true)
  const byTuple = stream.keyBy(r => [r.sensor, r.value]).running()
  sameType<ElementOf<ReturnType<typeof byTuple.count>>['key'], readonly [string, number]>(true)
  const sets = bySensor.aggregate({
    init: () => ['x'],
    add: (all, r) => [...all, r.sensor],
    result: all => all.length,
  })
  sameType<ElementOf<typeof sets>['value'], number>(true)
})

test('several aggregations by name know the element and give their results by name', () => {
  const { stream } = newApp()
  type Reading = ElementOf<typeof stream>
  const all = stream
    .keyBy('sensor')
    .window(tumbling('5s'))
    .aggregate({
      n: count(),
      total: sum(r => r.value),
      spread: variance(r => r.value, { kind: 'population' }),
      sigma: deviation(r => r.value),
      units: distinct(r => r.unit ?? ''),
      about: approxDistinct(r => r.time, { precision: 10 }),
      byUnit: countBy(r => r.unit ?? 0),
      p95: quantile(0.95, r => r.value),
      p: quantiles([0.5, 0.99], r => r.value),
      middle: median(r => r.value),
      largest: top(3, r => r.value),
      smallest: bottom(3, r => r.value),
      max: maxBy(r => r.value),
      min: minBy(r => r.value),
      first: first(),
      last: last(),
    })
  type Value = ElementOf<typeof all>['value']
  sameType<Value['n' | 'total' | 'spread' | 'sigma' | 'units' | 'about' | 'p95' | 'middle'], number>(true)
  sameType<Value['byUnit'], readonly ValueCount<string | 0>[]>(true)
  sameType<Value['p'], readonly [number, number]>(true)
  sameType<Value['largest' | 'smallest'], Reading[]>(true)
  sameType<Value['max' | 'min'], Reading>(true)
})

test('one ready-made aggregation gives its result', () => {
  const { stream } = newApp()
  const running = stream.keyBy('sensor').running()
  const slow = running.aggregate(quantile(0.95, r => r.value))
  sameType<ElementOf<typeof slow>['value'], number>(true)
  const best = running.aggregate(top(3, r => r.value))
  sameType<ElementOf<typeof best>['value'], ElementOf<typeof stream>[]>(true)
  const byUnit = running.countBy(r => r.unit ?? 0)
  sameType<ElementOf<typeof byUnit>['value'], readonly ValueCount<string | 0>[]>(true)
  // @ts-expect-error text cannot be ordered by size
  running.top(3, r => r.sensor)
  // @ts-expect-error an object is no value that can be told from others
  running.distinct(r => ({ sensor: r.sensor }))
})

test('a map that gives a promise gives a stream of what it promises', () => {
  const { stream } = newApp()
  const mapped = stream.map(async r => r.value)
  sameType<ElementOf<typeof mapped>, number>(true)
  const async = stream.mapAsync(async r => [r.sensor])
  sameType<ElementOf<typeof async>, string[]>(true)
})

test('a filter narrows, a merge widens', () => {
  const { stream } = newApp()
  type Reading = ElementOf<typeof stream>
  const withUnit = stream.filter((r): r is Reading & { unit: string } => r.unit !== undefined)
  sameType<ElementOf<typeof withUnit>['unit'], string>(true)
  const merged = stream.map(r => r.value).merge(stream.map(r => r.sensor))
  sameType<ElementOf<typeof merged>, number | string>(true)
})

test('a keyed stream stays keyed through map, filter, flatMap, peek and mapAsync', () => {
  const { stream } = newApp()
  const keyed: KeyedStream<string, number> = stream
    .keyBy('sensor')
    .filter(r => r.value > 0)
    .peek(() => {})
    .flatMap(r => [r.value])
    .map(value => value * 2)
    .mapAsync(async value => value)
  keyed
    .window(tumbling('1s'))
    .sum(value => value)
    .print()
})

test('a topic of another type does not compile', () => {
  const { app, stream } = newApp()
  const sums = app.topic('sums', { value: json({ sensor: 'string', sum: 'number' }) })
  // @ts-expect-error the field sum is missing
  stream.to(sums)
  // @ts-expect-error sum is text
  stream.map(r => ({ sensor: r.sensor, sum: 'much' })).to(sums)
  stream.map(r => ({ sensor: r.sensor, sum: r.value })).to(sums)
})

test('a key that is no key does not compile', () => {
  const { stream } = newApp()
  // @ts-expect-error there is no such field
  stream.keyBy('place')
  // @ts-expect-error a date is no key
  stream.keyBy(r => new Date(r.time))
  // @ts-expect-error a field that may be missing is no key
  stream.keyBy('unit')
})

test('windows want keys first, and aggregations numbers', () => {
  const { stream } = newApp()
  // @ts-expect-error only a keyed stream has windows
  const notThere: unknown = stream.window
  assert.equal(notThere, undefined)
  const windows = stream.keyBy('sensor').window(tumbling('1s'))
  // @ts-expect-error text cannot be summed up
  windows.sum(r => r.sensor)
})

test('keyedBy names a field of the value', () => {
  const { app } = newApp()
  // @ts-expect-error there is no such field
  app.topic('t', { value: json({ sensor: 'string' }), keyedBy: 'place' })
})
