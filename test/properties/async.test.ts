/**
 * Laws of asynchronous steps, for random durations, failures, time-outs, watermarks, limits and breakers:
 * what comes out is the same in every order, in the order that was asked for, and no watermark overtakes.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { AsyncOperator } from '../../src/engine/index.ts'
import type { BreakerOptions, ElementOrder } from '../../src/index.ts'
import { concurrencyOf } from '../../src/operators/async-options.ts'
import { contextAt, newParts } from '../engine/operator-fixture.ts'
import { turn } from '../live/turns.ts'
import { propertyOptions } from './seed.ts'

const RUNS = 150
const ORDERS: readonly ElementOrder[] = ['all', 'key', 'none']
const ATTEMPTS = 3
const TIMEOUT_MS = 12
const MOST_MS = 100_000

/** What the calls of one element come to, one after the other; the last holds for the others. */
type Outcome = 'gives' | 'fails' | 'throws' | 'hangs'

type Step =
  | {
      readonly kind: 'element'
      readonly key: number
      readonly ms: number
      readonly outcomes: readonly Outcome[]
    }
  | { readonly kind: 'mark' }
  | { readonly kind: 'wait'; readonly ms: number }

interface Scenario {
  readonly steps: readonly Step[]
  readonly concurrency: number
  readonly more: number
  /** Whether somebody below looks at watermarks: then no element overtakes one. */
  readonly marksMatter: boolean
  readonly breaker: BreakerOptions | undefined
}

const element = fc.record({
  kind: fc.constant('element' as const),
  key: fc.nat(3),
  ms: fc.nat(TIMEOUT_MS - 3),
  outcomes: fc.array(fc.constantFrom<Outcome[]>('gives', 'gives', 'gives', 'fails', 'throws', 'hangs'), {
    minLength: 1,
    maxLength: ATTEMPTS,
  }),
})

const scenario: fc.Arbitrary<Scenario> = fc.record({
  steps: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: element },
      { weight: 1, arbitrary: fc.constant({ kind: 'mark' as const }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(8) }) },
    ),
    { maxLength: 30 },
  ),
  concurrency: fc.integer({ min: 1, max: 5 }),
  more: fc.nat(5),
  marksMatter: fc.boolean(),
  breaker: fc.option(
    fc.record({ after: fc.integer({ min: 1, max: 4 }), pause: fc.integer({ min: 1, max: 30 }) }),
    { nil: undefined },
  ),
})

/** Numbers of elements, and watermarks: each is the number of the step that made it. */
type Seen = number | string

interface Played {
  readonly seen: readonly Seen[]
  /** The most calls of one key, and of all, that were ever under way at a time. */
  readonly mostOfKey: number
  readonly most: number
}

/** Plays a scenario through a step; what failed for good is skipped. */
async function play(
  { steps, concurrency, more, breaker, marksMatter }: Scenario,
  order: ElementOrder,
): Promise<Played> {
  const parts = newParts({ retry: { attempts: ATTEMPTS, backOff: 3, otherwise: 'skip' } })
  const { clock, scope, next } = parts
  const underWay = new Map<number, number>()
  const attempts = new Map<number, number>()
  let mostOfKey = 0
  let most = 0
  const fn = (value: unknown, { signal }: { readonly signal: AbortSignal }): unknown => {
    const number = Number(value)
    const step = steps[number]
    assert.ok(step?.kind === 'element')
    const attempt = attempts.get(number) ?? 0
    attempts.set(number, attempt + 1)
    const outcome = step.outcomes[Math.min(attempt, step.outcomes.length - 1)]
    if (outcome === 'throws') throw new Error('at once')
    underWay.set(step.key, (underWay.get(step.key) ?? 0) + 1)
    mostOfKey = Math.max(mostOfKey, underWay.get(step.key) ?? 0)
    most = Math.max(
      most,
      [...underWay.values()].reduce((sum, calls) => sum + calls, 0),
    )
    const over = (): void => {
      underWay.set(step.key, (underWay.get(step.key) ?? 0) - 1)
    }
    if (outcome === 'hangs') {
      signal.addEventListener('abort', over)
      return new Promise(() => {})
    }
    return clock.sleep(step.ms).then(() => {
      over()
      if (outcome === 'fails') throw new Error('later')
      return number
    })
  }
  const options = {
    order,
    concurrency,
    capacity: concurrency + more,
    timeout: TIMEOUT_MS,
    ...(breaker === undefined ? {} : { breaker }),
  }
  const operator = new AsyncOperator(
    { ...parts, marksMatter, concurrency: concurrencyOf(options, { name: 'step', isKeyed: true }) },
    fn,
  )
  const resume = async (): Promise<void> => {
    await turn()
    for (const waiter of scope.waiters) if (waiter.resumeAt() <= clock.monotonic()) waiter.resume()
    await turn()
  }
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed++) {
      clock.advance(1)
      await resume()
    }
  }
  for (const [number, step] of steps.entries()) {
    while (step.kind === 'element' && scope.blocked > 0) await pass(1)
    if (step.kind === 'element') operator.push(number, contextAt(number, { key: step.key }))
    else if (step.kind === 'mark') operator.advance(number, false)
    else await pass(step.ms)
  }
  for (let ms = 0; scope.waiters.size > 0; ms++) {
    assert.ok(ms < MOST_MS, 'what waits never ends')
    await resume()
    await pass(1)
  }
  assert.equal(scope.failure, undefined)
  return { seen: next.seen.map(seen => (typeof seen === 'number' ? seen : String(seen))), mostOfKey, most }
}

/** The elements that come out in the end, whatever the order. */
function expected(steps: readonly Step[]): readonly number[] {
  return steps.flatMap((step, number) => {
    if (step.kind !== 'element') return []
    const outcomes = Array.from(
      { length: ATTEMPTS },
      (_, attempt) => step.outcomes.at(attempt) ?? step.outcomes.at(-1),
    )
    return outcomes.includes('gives') ? [number] : []
  })
}

const isElement = (seen: Seen): seen is number => typeof seen === 'number'

function checkOrder(order: ElementOrder, seen: readonly number[], steps: readonly Step[]): void {
  const groups = new Map<number, number[]>()
  for (const number of seen) {
    const step = steps[number]
    const group = order === 'key' && step?.kind === 'element' ? step.key : 0
    groups.set(group, [...(groups.get(group) ?? []), number])
  }
  if (order === 'none') return
  for (const group of groups.values()) {
    assert.deepEqual(
      group,
      group.toSorted((a, b) => a - b),
    )
  }
}

/** Everything that came before a watermark leaves before it, and nothing that came after it where that matters. */
function checkMarks(seen: readonly Seen[], elements: readonly number[], marksMatter: boolean): void {
  for (const [place, mark] of seen.entries()) {
    if (isElement(mark)) continue
    const at = Number(mark.replace('watermark ', ''))
    const before = seen
      .slice(0, place)
      .filter(isElement)
      .filter(number => marksMatter || number < at)
    assert.deepEqual(
      before.toSorted((a, b) => a - b),
      elements.filter(number => number < at),
      `${mark} came at the wrong place`,
    )
  }
}

for (const order of ORDERS) {
  test(`order ${order}: everything comes out once, in that order, and watermarks behind what came before them`, async t => {
    await fc.assert(
      fc.asyncProperty(scenario, async given => {
        const { seen, most, mostOfKey } = await play(given, order)
        const elements = seen.filter(isElement)
        const wanted = expected(given.steps)
        assert.deepEqual(
          elements.toSorted((a, b) => a - b),
          wanted,
        )
        checkOrder(order, elements, given.steps)
        checkMarks(seen, wanted, given.marksMatter)
        assert.ok(most <= given.concurrency, `${most} calls at a time`)
        if (order === 'key') assert.ok(mostOfKey <= 1, `${mostOfKey} calls of one key at a time`)
      }),
      propertyOptions(t, RUNS),
    )
  })
}
