/** What a step with a pattern keeps, and for how long. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { BatchBuilder } from '../../broker/index.ts'
import { type Context, type KernelHost, newContext } from '../../graph/index.ts'
import { ShardState } from '../../state/index.ts'
import { automatonOf } from './automaton-builder.ts'
import { MatchKernel } from './match-kernel.ts'
import { type AnyPattern, pattern } from './pattern.ts'
import type { StageTypes } from './pattern-types.ts'
import { type SkipStrategy, skipOf } from './skip.ts'

interface Event {
  readonly n: number
}

/** A kernel with state, and what it has given out. */
class Bench {
  readonly state = new ShardState()
  readonly given: unknown[] = []
  readonly aside: unknown[] = []
  readonly #kernel: MatchKernel
  readonly #context: Context = newContext()

  constructor(given: AnyPattern<Event, StageTypes>, skip: SkipStrategy = 'noSkip') {
    const { stages, withinMs = Number.POSITIVE_INFINITY } = given
    const automaton = automatonOf(stages, Number.isFinite(withinMs))
    const host: KernelHost = {
      state: this.state,
      inputs: 1,
      isKeyed: true,
      id: 'match',
      task: 0,
      isLive: false,
      guarded: false,
      emit: value => this.given.push(value),
      emitTo: (_, value) => this.aside.push(value),
      count: () => {},
      failed: thrown => {
        throw thrown
      },
      wakeAt: () => {},
      now: () => 0,
      alarmAt: () => {},
      emitApart: () => true,
      holdBack: () => ({ release: () => {}, resume: process => process() }),
      whenSettled: () => {},
      complete: () => {},
      release: () => {},
      checkKey: () => {},
    }
    this.#kernel = new MatchKernel({ automaton, withinMs, skip: skipOf(skip, automaton.names) }, host)
  }

  push(key: string, time: number, n: number): void {
    Object.assign(this.#context, { key, time, entryWatermark: time - 1, offset: time })
    this.#kernel.push({ n }, this.#context)
  }

  advance(watermark: number): void {
    this.#kernel.advance(watermark, newContext())
  }

  /** Commits, and says how many entries have changed. */
  commit(): number {
    const { changed } = this.state
    this.state.writeChanges(new BatchBuilder(), 0)
    return changed
  }
}

const isNegative = ({ n }: Event): boolean => n < 0

test('an hour of keys that come and go leaves no more entries than the first minute', () => {
  const bench = new Bench(
    pattern<Event>()
      .begin('a', ({ n }) => n % 3 === 0)
      .oneOrMore()
      .followedBy('b', ({ n }) => n % 7 === 1)
      .followedBy('never', isNegative)
      .within('10s'),
  )
  const sizes: number[] = []
  for (let second = 0; second < 3600; second++) {
    for (let n = 0; n < 5; n++) bench.push(`k${second * 5 + n - (n % 2) * 10}`, second * 1000 + n, second + n)
    bench.advance(second * 1000 - 1000)
    if (second % 60 === 59) sizes.push(bench.state.size)
  }
  const [first = 0] = sizes
  assert.ok(first > 20, 'there are partial matches')
  assert.ok(Math.max(...sizes) <= first * 1.5, `entries at the end of each minute: ${sizes.join(' ')}`)
})

test('when the time of the last partial match is over nothing is left, though its key is silent', () => {
  const bench = new Bench(
    pattern<Event>().begin('a').oneOrMore().allowCombinations().followedByAny('b', isNegative).within(100),
  )
  for (let time = 0; time < 6; time++) bench.push('k', time, time)
  bench.advance(99)
  assert.ok(bench.state.size > 6)
  bench.advance(200)
  // How far events were taken.
  assert.equal(bench.state.size, 1)
  assert.equal(new Set(bench.aside.map(partial => JSON.stringify(partial))).size, 2 ** 6 - 1)
})

test('events that belong to no match leave nothing behind', () => {
  const bench = new Bench(pattern<Event>().begin('a', isNegative).next('b'))
  for (let time = 0; time < 100; time++) bench.push('k', time, time)
  assert.equal(bench.state.size, 100)
  bench.advance(1000)
  assert.equal(bench.state.size, 1)
})

test('a commit writes what has come, however long a partial match is', () => {
  const longest = new Bench(
    pattern<Event>()
      .begin('a', ({ n }) => n === 0)
      .followedBy('b', ({ n }) => n > 0)
      .oneOrMore()
      .followedBy('c', isNegative),
  )
  longest.push('k', 0, 0)
  for (let time = 1; time <= 300; time++) {
    longest.push('k', time, 1)
    longest.advance(time)
    // The event, its link to those before, two matches (that takes more, that waits for the end), how far events were taken.
    if (time > 1) assert.equal(longest.commit(), 5)
    else longest.commit()
  }
})

test('an event is kept once, however many partial matches hold it', () => {
  const bench = new Bench(pattern<Event>().begin('a').followedByAny('b').followedByAny('c', isNegative))
  for (let time = 0; time < 20; time++) bench.push('k', time, 1)
  bench.advance(19)
  const partials = 20 + (20 * 19) / 2
  const links = partials
  assert.equal(bench.state.size, 20 + links + partials + 1)
})

test('a condition is called once at most for an event and a partial match', () => {
  const calls: string[] = []
  const bench = new Bench(
    pattern<Event>()
      .begin('a', ({ n }) => n === 0)
      .followedBy('b', ({ n }, { a }) => {
        calls.push(`${n} behind ${a.length}`)
        return n === 2
      })
      .oneOrMore()
      .followedBy('c', isNegative),
  )
  for (const [time, n] of [0, 1, 2].entries()) bench.push('k', time, n)
  bench.advance(10)
  assert.deepEqual(calls, ['1 behind 1', '2 behind 1'])
})

test('results come in the order of time over all keys, however far the watermark goes at once', () => {
  const given = [1, 100].map(stride => {
    const bench = new Bench(pattern<Event>().begin('a').followedBy('b').within(7))
    for (let time = 0; time < 60; time++) bench.push(`k${(time * 7) % 5}`, time, time)
    for (let watermark = 0; watermark <= 100; watermark += stride) bench.advance(watermark)
    bench.advance(200)
    return { given: bench.given, aside: bench.aside }
  })
  assert.deepEqual(given[0], given[1])
  assert.ok((given[0]?.given.length ?? 0) > 40)
})

test('an event that cannot be kept is refused where it comes, and leaves nothing behind', () => {
  const bench = new Bench(pattern<Event>().begin('a'))
  // Elements may be anything where no exchange has written them.
  assert.throws(
    () => bench.push('k', 0, (() => 1) as unknown as number),
    /cell "events" of key "?k"?.*cannot be stored/,
  )
  bench.advance(10)
  assert.equal(bench.state.size, 0)
  assert.deepEqual(bench.given, [])
})
