/**
 * Aggregations give what a plain computation gives, in whatever order elements come, in whatever parts they
 * are added up and put together, and wherever an accumulator goes through state on its way.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ByteWriter, type Key, msgpack } from '../../src/codec/index.ts'
import { foldOf } from '../../src/operators/folds/aggregate.ts'
import type { AnyFold } from '../../src/operators/folds/fold.ts'
import {
  approxDistinct,
  bottom,
  count,
  countBy,
  deviation,
  distinct,
  type FoldParts,
  first,
  last,
  max,
  maxBy,
  mean,
  median,
  min,
  minBy,
  type Place,
  quantiles,
  reduce,
  sum,
  top,
  variance,
  where,
} from '../../src/operators/folds/index.ts'
import { contentsOf } from '../../src/operators/identity.ts'
import { added, type Change, removed } from '../../src/operators/tables/change.ts'
import { exactSum, exactVariance } from './exact.ts'
import { propertyOptions } from './seed.ts'

interface Element {
  readonly number: number
  readonly key: Key
  readonly time: number
  readonly offset: number
}

/** The parts of a fold over elements or changes. */
// biome-ignore lint/suspicious/noExplicitAny: an accumulator goes in where it came out, and nowhere else.
type Parts<E> = FoldParts<E, any, unknown>

const NOTHING = { time: 0, offset: 0 }

interface Case {
  readonly fold: AnyFold<Element, unknown>
  readonly expect: (elements: readonly Element[], result: unknown) => void
  /** The same of rows that come and go, where equal ones are in another order. */
  readonly expectRows?: (elements: readonly Element[], result: unknown) => void
}

const RUNS = 150
const ERROR = 0.02
const QUANTILES = [0, 0.3, 0.5, 0.95, 1] as const
const codec = msgpack<unknown>()

const numbers = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -10_000, max: 10_000 }).map(n => n / 100),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 }),
  fc.integer({ min: 0, max: 5 }).map(n => 1e9 + n / 10),
  fc.constantFrom(2 ** 500, -(2 ** 480), 2 ** -490, Number.MIN_VALUE, 0.1),
)
const parts = fc.oneof(
  fc.string({ maxLength: 2 }),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.bigInt({ min: -2n, max: 2n }),
  fc.constantFrom(0, -0, '\u0000', '\u0000[1]', '1'),
)
const keys: fc.Arbitrary<Key> = fc.oneof(parts, fc.array(parts, { maxLength: 2 }))
const lists: fc.Arbitrary<readonly Element[]> = fc
  .array(fc.record({ number: numbers, key: keys, time: fc.integer({ min: 0, max: 3 }) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map(elements => elements.map((element, offset) => ({ ...element, offset })))

const numbersOf = (elements: readonly Element[]): number[] => elements.map(({ number }) => number)
const keysOf = (elements: readonly Element[]): string[] => elements.map(({ key }) => nameOf(key))

const isEarly = ({ time }: Element): boolean => time < 2

const CASES: Readonly<Record<string, Case>> = {
  count: { fold: count(), expect: (elements, result) => assert.equal(result, elements.length) },
  sum: {
    fold: sum(({ number }: Element) => number),
    expect: (elements, result) => same(result, exactSum(numbersOf(elements))),
  },
  mean: {
    fold: mean(({ number }: Element) => number),
    expect: (elements, result) => same(result, exactSum(numbersOf(elements)) / elements.length),
  },
  variance: {
    fold: variance(({ number }: Element) => number),
    expect: (elements, result) => same(result, exactVariance(numbersOf(elements), 1)),
  },
  'variance of a population': {
    fold: variance(({ number }: Element) => number, { kind: 'population' }),
    expect: (elements, result) => same(result, exactVariance(numbersOf(elements), 0)),
  },
  deviation: {
    fold: deviation(({ number }: Element) => number),
    expect: (elements, result) => {
      const expected = Math.sqrt(exactVariance(numbersOf(elements), 1))
      // Of a variance beyond the range of doubles the root is not.
      if (!Number.isFinite(expected) || expected < 1e-150) return
      assert.ok(Math.abs((result as number) - expected) <= expected * 2 ** -52)
    },
  },
  distinct: {
    fold: distinct(({ key }: Element) => key),
    expect: (elements, result) => assert.equal(result, new Set(keysOf(elements)).size),
  },
  approxDistinct: {
    fold: approxDistinct(({ key }: Element) => key),
    expect: (elements, result) => assert.equal(result, new Set(keysOf(elements)).size),
  },
  countBy: { fold: countBy(({ key }: Element) => key), expect: expectCounts },
  quantiles: {
    fold: quantiles(QUANTILES, ({ number }: Element) => number, { error: ERROR }),
    expect: (elements, result) => expectQuantiles(elements, QUANTILES, result as readonly number[]),
  },
  median: {
    fold: median(({ number }: Element) => number, { error: ERROR }),
    expect: (elements, result) => expectQuantiles(elements, [0.5], [result as number]),
  },
  'count of some': {
    fold: where(isEarly, count()),
    expect: (elements, result) => assert.equal(result, elements.filter(isEarly).length),
  },
  'sum of some': {
    fold: where(
      isEarly,
      sum(({ number }) => number),
    ),
    expect: (elements, result) => same(result, exactSum(numbersOf(elements.filter(isEarly)))),
  },
  'distinct of some': {
    fold: where(
      isEarly,
      distinct(({ key }) => key),
    ),
    expect: (elements, result) => assert.equal(result, new Set(keysOf(elements.filter(isEarly))).size),
  },
  top: {
    fold: top(3, ({ number }: Element) => number),
    expect: (elements, result) => assert.deepEqual(result, ranked(elements, 1).slice(0, 3)),
    expectRows: (rows, result) => assert.deepEqual(result, rankedRows(rows, 1).slice(0, 3)),
  },
  bottom: {
    fold: bottom(3, ({ number }: Element) => number),
    expect: (elements, result) => assert.deepEqual(result, ranked(elements, -1).slice(0, 3)),
    expectRows: (rows, result) => assert.deepEqual(result, rankedRows(rows, -1).slice(0, 3)),
  },
  maxBy: {
    fold: maxBy(({ number }: Element) => number),
    expect: (elements, result) => assert.deepEqual(result, ranked(elements, 1)[0]),
    expectRows: (rows, result) => assert.deepEqual(result, rankedRows(rows, 1)[0]),
  },
  minBy: {
    fold: minBy(({ number }: Element) => number),
    expect: (elements, result) => assert.deepEqual(result, ranked(elements, -1)[0]),
    expectRows: (rows, result) => assert.deepEqual(result, rankedRows(rows, -1)[0]),
  },
}

const REVERSIBLE: Readonly<Record<string, Case>> = {
  ...CASES,
  min: {
    fold: min(({ number }: Element) => number),
    expect: (elements, result) => assert.equal(result, Math.min(...numbersOf(elements))),
  },
  max: {
    fold: max(({ number }: Element) => number),
    expect: (elements, result) => assert.equal(result, Math.max(...numbersOf(elements))),
  },
}

const together: Case = {
  fold: foldOf(Object.fromEntries(Object.entries(CASES).map(([name, { fold }]) => [name, fold]))),
  expect: (elements, result) => {
    for (const [name, { expect }] of Object.entries(CASES)) {
      expect(elements, (result as Readonly<Record<string, unknown>>)[name])
    }
  },
}

for (const [name, { fold, expect, expectRows = expect }] of Object.entries({
  ...REVERSIBLE,
  'all of them by name': together,
})) {
  test(`${name}: any order, any parts, through state anywhere`, t => {
    fc.assert(
      fc.property(lists, fc.infiniteStream(fc.nat(99)), (elements, choices) => {
        const choose = chooser(choices)
        const before = JSON.stringify(elements, bigintText)
        expect(elements, fold.result(inParts(fold, shuffled(elements, choose), choose)))
        assert.equal(JSON.stringify(elements, bigintText), before)
      }),
      propertyOptions(t, RUNS),
    )
  })

  test(`${name}: a copy goes its own way`, t => {
    fc.assert(
      fc.property(lists, lists, (elements, others) => {
        const accumulator = addAll(fold, elements)
        const copy = fold.copy?.(accumulator) ?? accumulator
        // Where a copy leaves out parts, those do not change when an addition throws.
        if (name === 'all of them by name' || fold.copy === undefined) return
        let changed = copy
        for (const other of others) changed = fold.add(changed, other, placeOf(other))
        expect(elements, fold.result(accumulator))
      }),
      propertyOptions(t, 40),
    )
  })

  test(`${name}: what commits add up to is the state`, t => {
    fc.assert(
      fc.property(lists, fc.infiniteStream(fc.nat(99)), (elements, choices) => {
        const choose = chooser(choices)
        let live = fold.create()
        let stored: unknown
        for (const element of elements) {
          live = fold.add(live, element, placeOf(element))
          if (choose() < 50) stored = commit(fold, live, stored)
        }
        expect(elements, fold.result(commit(fold, live, stored)))
      }),
      propertyOptions(t, RUNS),
    )
  })

  const retracting = fold.retracting?.()
  if (retracting !== undefined) {
    test(`${name}: what is taken back was never there, before or after it comes`, t => {
      fc.assert(
        fc.property(lists, lists, fc.infiniteStream(fc.nat(99)), (elements, wrong, choices) => {
          const choose = chooser(choices)
          const all = shuffled(
            [
              ...[...elements, ...wrong].map(added),
              ...wrong.map(removed),
              ...wrong.map(row => ({ before: row, after: row })),
            ],
            choose,
          )
          expectRows(elements, retracting.result(inParts(retracting, all, choose)))
        }),
        propertyOptions(t, RUNS),
      )
    })
  }
}

test('what cannot be told from the rest cannot be taken back', () => {
  for (const fold of [first(), last(), reduce(left => left), approxDistinct(String)]) {
    assert.equal(fold.retracting, undefined)
  }
})

/** Adds up a list in parts, and the parts two by two; any accumulator may be written and read on the way. */
function inParts<E extends Element | Change<Element>>(
  fold: Parts<E>,
  elements: readonly E[],
  choose: () => number,
): unknown {
  if (elements.length > 1 && choose() < 50) {
    const cut = choose() % elements.length
    const left = inParts(fold, elements.slice(0, cut), choose)
    const right = inParts(fold, elements.slice(cut), choose)
    const kept = JSON.stringify(fold.wire.encode(right), bigintText)
    const merged: unknown = fold.merge?.(left, right)
    assert.equal(JSON.stringify(fold.wire.encode(right), bigintText), kept)
    return maybeStored(fold, merged, choose)
  }
  let accumulator: unknown = fold.create()
  for (const element of elements) {
    accumulator = maybeStored(fold, fold.add(accumulator, element, placeOf(element)), choose)
  }
  return accumulator
}

function maybeStored(
  fold: Pick<AnyFold<Element, unknown>, 'wire'>,
  accumulator: unknown,
  choose: () => number,
): unknown {
  return choose() < 20 ? fold.wire.decode(throughMsgpack(fold.wire.encode(accumulator))) : accumulator
}

/** What state holds after a commit, as it is read back. */
function commit(fold: Pick<AnyFold<Element, unknown>, 'wire'>, live: unknown, stored: unknown): unknown {
  const addition = fold.wire.grows?.take(live)
  if (addition === undefined || addition.from === 0) {
    return fold.wire.decode(throughMsgpack(fold.wire.encode(live)))
  }
  return fold.wire.grows?.add(stored, { from: addition.from, added: throughMsgpack(addition.added) })
}

function addAll(fold: AnyFold<Element, unknown>, elements: readonly Element[]): unknown {
  let all: unknown = fold.create()
  for (const element of elements) all = fold.add(all, element, placeOf(element))
  return all
}

function placeOf(element: Element | Change<Element>): Place {
  const { time, offset } = 'after' in element ? (element.after ?? element.before ?? NOTHING) : element
  return { time, origin: { topic: 't', partition: 0 }, offset, index: 0 }
}

function chooser(choices: Iterable<number>): () => number {
  const iterator = choices[Symbol.iterator]()
  return () => Number(iterator.next().value)
}

function shuffled<E>(elements: readonly E[], choose: () => number): E[] {
  return elements
    .map(element => ({ element, rank: choose() }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ element }) => element)
}

/** Of equal numbers the order is that of contents. */
function rankedRows(rows: readonly Element[], sign: 1 | -1): Element[] {
  return rows.toSorted((left, right) => {
    if (left.number !== right.number) return sign * (left.number < right.number ? 1 : -1)
    return contentsOf(left) < contentsOf(right) ? -1 : 1
  })
}

function ranked(elements: readonly Element[], sign: 1 | -1): Element[] {
  return elements.toSorted((left, right) => {
    if (left.number !== right.number) return sign * (left.number < right.number ? 1 : -1)
    return left.time - right.time || left.offset - right.offset
  })
}

function expectCounts(elements: readonly Element[], result: unknown): void {
  const counts = new Map<string, number>()
  for (const name of keysOf(elements)) counts.set(name, (counts.get(name) ?? 0) + 1)
  const found = result as readonly { readonly value: Key; readonly count: number }[]
  assert.deepEqual(new Map(found.map(({ value, count }) => [nameOf(value), count])), counts)
  assert.equal(found.length, counts.size)
  const sizes = found.map(({ count }) => count)
  assert.deepEqual(
    sizes,
    sizes.toSorted((left, right) => right - left),
  )
}

function expectQuantiles(
  elements: readonly Element[],
  at: readonly number[],
  found: readonly number[],
): void {
  const sorted = numbersOf(elements).sort((left, right) => left - right)
  for (const [number, quantile] of at.entries()) {
    const exact = sorted[Math.floor(quantile * (sorted.length - 1))] ?? Number.NaN
    const expected = Math.abs(exact) < 1e-300 ? 0 : exact
    const difference = Math.abs((found[number] ?? Number.NaN) - expected)
    assert.ok(difference <= Math.abs(expected) * ERROR, `${found[number]} is not near ${expected}`)
  }
}

/** -0 is 0. */
function same(result: unknown, expected: number): void {
  assert.equal((result as number) + 0, expected + 0)
}

function nameOf(key: Key): string {
  return JSON.stringify(key, (_, value: unknown) =>
    typeof value === 'bigint' ? { bigint: String(value) } : Object.is(value, -0) ? 0 : value,
  )
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

function throughMsgpack(state: unknown): unknown {
  const writer = new ByteWriter()
  codec.encode(state, writer)
  return codec.decode(writer.buffer, 0, writer.length)
}
