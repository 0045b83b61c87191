import assert from 'node:assert/strict'
import test from 'node:test'
import { ByteWriter, msgpack } from '../../codec/index.ts'
import { aggregateFold } from './aggregate.ts'
import {
  count,
  distinct,
  type Fold,
  first,
  foldOf,
  guardedAdd,
  max,
  maxBy,
  mean,
  min,
  type Place,
  reduce,
  sum,
  where,
} from './index.ts'

interface Case {
  readonly fold: Fold<number, unknown, unknown>
  readonly elements: readonly number[]
  readonly result: unknown
}

const PLACE: Place = { time: 0, origin: { topic: 't', partition: 0 }, offset: 0, index: 0 }
const identity = (value: number): number => value
const isEven = (value: number): boolean => value % 2 === 0
const codec = msgpack<unknown>()

function caseOf<Acc, Out>(fold: Fold<number, Acc, Out>, elements: readonly number[], result: Out): Case {
  return { fold: fold as Fold<number, unknown, unknown>, elements, result }
}

const CASES: Readonly<Record<string, Case>> = {
  count: caseOf(count<number>(), [4, 4, 4], 3),
  sum: caseOf(sum(identity), [1e16, 0.5, -1e16, 0.5, 7], 8),
  mean: caseOf(mean(identity), [1, 2, 6], 3),
  min: caseOf(min(identity), [3, 1, 2], 1),
  max: caseOf(max(identity), [3, 7, 2], 7),
  'max of negatives': caseOf(max(identity), [-3, -7], -3),
  'min with no number': caseOf(min(identity), [1, Number.NaN], Number.NaN),
  reduce: caseOf(
    reduce<number>((a, b) => a * 10 + b),
    [1, 2, 3],
    123,
  ),
  'count of some': caseOf(where(isEven, count<number>()), [1, 2, 4, 5], 2),
  'sum of some': caseOf(where(isEven, sum(identity)), [0.5, 2, 4], 6),
  'distinct of some': caseOf(where(isEven, distinct(identity)), [1, 2, 2, 4], 2),
  'distinct of none': caseOf(where(isEven, distinct(identity)), [1, 3], 0),
  aggregate: caseOf(
    aggregateFold({
      init: (): number[] => [],
      add: (all, element: number) => [...all, element],
      result: all => all.join(),
      merge: (into, other) => [...into, ...other],
    }),
    [1, 2],
    '1,2',
  ),
}

for (const [name, { fold, elements, result }] of Object.entries(CASES)) {
  test(`${name} gives its result`, () => {
    assert.deepEqual(fold.result(addAll(fold, fold.create(), elements)), result)
  })

  test(`${name} goes on after any element as if its accumulator had never been state`, () => {
    for (let stop = 1; stop <= elements.length; stop++) {
      const before = addAll(fold, fold.create(), elements.slice(0, stop))
      const restored = fold.wire.decode(throughMsgpack(fold.wire.encode(before)))
      assert.deepEqual(fold.result(addAll(fold, restored, elements.slice(stop))), result)
    }
  })

  if (fold.merge !== undefined) {
    test(`${name} merged is ${name} of all`, () => {
      for (let cut = 0; cut <= elements.length; cut++) {
        const left = addAll(fold, fold.create(), elements.slice(0, cut))
        const right = addAll(fold, fold.create(), elements.slice(cut))
        assert.deepEqual(fold.result(fold.merge?.(left, right)), result)
      }
    })
  }
}

test('reduce and collect take elements in the order of their places, however they came', () => {
  const places = [3, 1, 2].map(time => placeAt(time))
  const merged = places
    .map(place => reduceOf(place))
    .reduce((into, other) => DIGITS.merge?.(into, other) ?? into)
  assert.equal(DIGITS.result(merged), 123)
})

test('an aggregation without result gives its accumulator', () => {
  const fold = aggregateFold({ init: () => 1, add: (all: number, element: number) => all + element })
  assert.equal(fold.result(fold.add(fold.create(), 2, PLACE)), 3)
})

test('another version of an aggregation has another fingerprint', () => {
  const aggregation = { init: () => 0, add: (all: number) => all }
  assert.notEqual(
    aggregateFold(aggregation).fingerprint,
    aggregateFold({ ...aggregation, version: 2 }).fingerprint,
  )
})

test('a sum of something that is no number says so', () => {
  const fold = sum((element: { value: number }) => element.value)
  const element = { value: '12' as unknown as number }
  assert.throws(() => fold.add(fold.create(), element, PLACE), {
    code: 'STEP_FAILED',
    message: 'sum was given "12"; expected a number',
  })
})

test('where is refused for an aggregation that has no result of no elements', () => {
  for (const fold of [maxBy(identity), first<number>(), reduce<number>((a, b) => a + b)]) {
    assert.throws(() => where(isEven, fold), { code: 'OPTION_INVALID', message: /no result/ })
  }
})

test('a condition that throws leaves what stands beside it as it was', () => {
  const fold = foldOf<number>({
    all: count(),
    odd: where(element => {
      if (element < 0) throw new Error('negative')
      return element % 2 === 1
    }, count()),
  })
  const accumulator = fold.add(fold.create(), 1, PLACE)
  assert.throws(() => guardedAdd(fold, accumulator, { element: -1, place: PLACE }), /negative/)
  assert.deepEqual(fold.result(accumulator), { all: 1, odd: 1 })
})

test('a guarded add leaves the accumulator as it was when the user’s function throws half way', () => {
  const fold = aggregateFold({
    init: (): number[] => [],
    add: (all: number[], element: number) => {
      all.push(element)
      if (element < 0) throw new Error('negative')
      return all
    },
  })
  const accumulator = fold.add(fold.create(), 1, PLACE)
  assert.throws(() => guardedAdd(fold, accumulator, { element: -1, place: placeAt(0) }), /negative/)
  assert.deepEqual(accumulator, [1])
})

const DIGITS = reduce<number>((left, right) => left * 10 + right)

function reduceOf(place: Place): ReturnType<typeof DIGITS.create> {
  return DIGITS.add(DIGITS.create(), place.time, place)
}

function placeAt(time: number): Place {
  return { time, origin: { topic: 't', partition: 0 }, offset: time, index: 0 }
}

function addAll(fold: Case['fold'], accumulator: unknown, elements: readonly number[]): unknown {
  return elements.reduce<unknown>((all, element) => fold.add(all, element, PLACE), accumulator)
}

function throughMsgpack(state: unknown): unknown {
  const writer = new ByteWriter()
  codec.encode(state, writer)
  return codec.decode(writer.buffer, 0, writer.length)
}
