/** The operators of streams infer their types; what does not fit does not compile. */
import test from 'node:test'
import { type KeyedStream, literal, Stream } from 'sluice'

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never

/** The type of a stream's elements, which is what its loops give. */
type ElementOf<S> = S extends AsyncIterable<infer T> ? T : never

interface Reading {
  readonly sensor: string
  readonly value: number
}

function sameType<A, B>(_same: Same<A, B>): void {
  // The compiler has checked it.
}

test('rows of known length are tuples', () => {
  const numbers = new Stream<number>()
  const pairs = numbers.slidingWindow(2)
  sameType<ElementOf<typeof pairs>, readonly [number, number]>(true)
  const sums = pairs.starmap((a, b) => a + b)
  sameType<ElementOf<typeof sums>, number>(true)
  const partial = numbers.slidingWindow(2, { partial: true })
  sameType<ElementOf<typeof partial>, readonly number[]>(true)
  const chunks = numbers.chunk(3)
  sameType<ElementOf<typeof chunks>, readonly number[]>(true)
  const flat = chunks.flatten()
  sameType<ElementOf<typeof flat>, number>(true)
})

test('rows of joins have a type for each place, literals included', () => {
  const numbers = new Stream<number>()
  const texts = new Stream<string>()
  const zipped = numbers.zip(literal('x'), texts)
  sameType<ElementOf<typeof zipped>, readonly [number, 'x', string]>(true)
  const listed = Stream.zip([texts, numbers])
  sameType<ElementOf<typeof listed>, readonly [string, number]>(true)
  const latest = numbers.combineLatest([texts], { emitOn: texts })
  sameType<ElementOf<typeof latest>, readonly [number, string]>(true)
  const lossless = texts.zipLatest(numbers, texts)
  sameType<ElementOf<typeof lossless>, readonly [string, number, string]>(true)
  const merged = numbers.merge(texts)
  sameType<ElementOf<typeof merged>, number | string>(true)
})

test('pluck gives the field, or a tuple of the fields', () => {
  const readings = new Stream<Reading>()
  const values = readings.pluck('value')
  sameType<ElementOf<typeof values>, number>(true)
  const both = readings.pluck(['value', 'sensor'])
  sameType<ElementOf<typeof both>, readonly [number, string]>(true)
  // @ts-expect-error there is no such field
  readings.pluck('place')
})

test('state has the type of its start', () => {
  const readings = new Stream<Reading>()
  const counts = readings.scan((all, r) => all.set(r.sensor, r.value), new Map<string, number>())
  sameType<ElementOf<typeof counts>, Map<string, number>>(true)
  const withState = readings.scan((sum, r) => sum + r.value, 0, { withState: true })
  sameType<ElementOf<typeof withState>, readonly [state: number, result: number]>(true)
  const results = readings.mapWithState((sum: number, r) => [sum + r.value, r.sensor], 0)
  sameType<ElementOf<typeof results>, string>(true)
  const reduced = readings.reduce((sum, r) => sum + r.value, 0)
  sameType<ElementOf<typeof reduced>, number>(true)
})

test('a keyed stream keeps its key through what makes one stream of one', () => {
  const keyed: KeyedStream<string, number> = new Stream<Reading>()
    .keyBy('sensor')
    .unique({ max: 3 })
    .pluck('value')
    .slidingWindow(2)
    .starmap((a, b) => a - b)
    .delay('1s')
    .rateLimit('1s')
    .scan((sum, n) => sum + n, 0)
    .chunk(2)
    .flatten()
  keyed.running().sum(n => n)
  // @ts-expect-error a merge of keyed streams has no key
  const merged: KeyedStream<string, number> = keyed.merge(keyed)
  merged.sink(() => {})
})

test('what is emitted, and what sinks take, must be of the type', () => {
  const numbers = new Stream<number>()
  numbers.map(n => n * 2)
  // @ts-expect-error text is no number
  const emits = (): unknown => numbers.emit('x')
  const sinks = (): unknown =>
    // @ts-expect-error numbers are no text
    numbers.sink((text: string) => text.length)
  // @ts-expect-error a number is not iterable
  const flattens = (): unknown => numbers.flatten()
  void [emits, sinks, flattens]
})
