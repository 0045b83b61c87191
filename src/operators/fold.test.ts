import assert from 'node:assert/strict'
import test from 'node:test'
import { ByteWriter, msgpack } from '../codec/index.ts'
import { aggregateFold, countFold, extremeFold, type Fold, meanFold, reduceFold, sumFold } from './fold.ts'
import { guardedAdd } from './guarded-add.ts'

interface Case {
  readonly fold: Fold<number, unknown, unknown>
  readonly elements: readonly number[]
  readonly result: unknown
}

const identity = (value: number): number => value
const codec = msgpack<unknown>()

function caseOf<Acc, Out>(fold: Fold<number, Acc, Out>, elements: readonly number[], result: Out): Case {
  return { fold: fold as Fold<number, unknown, unknown>, elements, result }
}

const CASES: Readonly<Record<string, Case>> = {
  count: caseOf(countFold<number>(), [4, 4, 4], 3),
  sum: caseOf(sumFold(identity), [1e16, 0.5, -1e16, 0.5, 7], 8),
  mean: caseOf(meanFold(identity), [1, 2, 6], 3),
  min: caseOf(extremeFold('min', identity), [3, 1, 2], 1),
  max: caseOf(extremeFold('max', identity), [3, 7, 2], 7),
  'max of negatives': caseOf(extremeFold('max', identity), [-3, -7], -3),
  'min with no number': caseOf(extremeFold('min', identity), [1, Number.NaN], Number.NaN),
  reduce: caseOf(
    reduceFold<number>((a, b) => a * 10 + b),
    [1, 2, 3],
    123,
  ),
  aggregate: caseOf(
    aggregateFold({
      create: (): number[] => [],
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
      const restored = fold.fromState(throughMsgpack(fold.toState(before)))
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

test('the order matters to reduce, so it cannot be merged', () => {
  assert.equal(CASES['reduce']?.fold.merge, undefined)
})

test('an aggregation without result gives its accumulator', () => {
  const fold = aggregateFold({ create: () => 1, add: (all: number, element: number) => all + element })
  assert.equal(fold.result(fold.add(fold.create(), 2)), 3)
})

test('another version of an aggregation has another fingerprint', () => {
  const aggregation = { create: () => 0, add: (all: number) => all }
  assert.notEqual(
    aggregateFold(aggregation).fingerprint,
    aggregateFold({ ...aggregation, version: 2 }).fingerprint,
  )
})

test('a sum of something that is no number says so', () => {
  const fold = sumFold((element: { value: number }) => element.value)
  const element = { value: '12' as unknown as number }
  assert.throws(() => fold.add(fold.create(), element), {
    code: 'STEP_FAILED',
    message: 'sum was given "12"; expected a number',
  })
})

test('a guarded add leaves the accumulator as it was when the user’s function throws half way', () => {
  const fold = aggregateFold({
    create: (): number[] => [],
    add: (all: number[], element: number) => {
      all.push(element)
      if (element < 0) throw new Error('negative')
      return all
    },
  })
  const accumulator = fold.add(fold.create(), 1)
  assert.throws(() => guardedAdd(fold, accumulator, -1), /negative/)
  assert.deepEqual(accumulator, [1])
})

function addAll(fold: Case['fold'], accumulator: unknown, elements: readonly number[]): unknown {
  return elements.reduce<unknown>((all, element) => fold.add(all, element), accumulator)
}

function throughMsgpack(state: unknown): unknown {
  const writer = new ByteWriter()
  codec.encode(state, writer)
  return codec.decode(writer.buffer, 0, writer.length)
}
