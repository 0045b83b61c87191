/**
 * Matches of patterns equal what patterns mean, written down naively: under any interleaving of the partitions,
 * in any batches, with one to three workers, and with a crash anywhere.
 */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import { type PatternScenario, playPattern } from './patterns/play.ts'
import {
  type Definition,
  type Event,
  type Found,
  matchesOf,
  type Stage,
  timedOutOf,
} from './patterns/reference.ts'
import { propertyOptions } from './seed.ts'
import { cameOf } from './windows/play.ts'

const RUNS = 60
/** What must not come is of letters that no stage takes. */
const LETTERS = ['a', 'b', 'c', 'd']
const FORBIDDEN = 'd'

const single: fc.Arbitrary<Omit<Stage, 'name'>> = fc.record({
  how: fc.constantFrom('next', 'followedBy', 'followedBy', 'followedByAny'),
  letters: fc.constantFrom('a', 'b', 'ab', 'bc', 'abc'),
  isAbove: fc.boolean(),
  from: fc.constant(1),
  to: fc.constant(1),
  inner: fc.constant('followedBy'),
  never: fc.constantFrom('', '', FORBIDDEN),
})

const repeated: fc.Arbitrary<Omit<Stage, 'name'>> = fc
  .record({
    stage: single,
    counts: fc.constantFrom(
      [1, 1],
      [0, 1],
      [2, 2],
      [1, 3],
      [0, 2],
      [1, Number.POSITIVE_INFINITY],
      [2, Number.POSITIVE_INFINITY],
    ),
    inner: fc.constantFrom('next', 'followedBy', 'followedByAny'),
  })
  .map(({ stage, counts: [from = 1, to = 1], inner }) => ({ ...stage, from, to, inner, never: '' }) as const)

test('each stage takes one event: matches, what is given up, and what is late are those of the definition', async t => {
  await holds(t, definitions(single, 'noSkip'), { withTimedOut: true })
})

test('stages that are repeated or left out: the matches are those of the definition', async t => {
  await holds(t, definitions(repeated, 'noSkip'))
})

test('what must not come until the time is over: the matches are those of the definition', async t => {
  const quiet = definitions(single, 'noSkip').map(definition => ({ ...definition, neverAfter: FORBIDDEN }))
  await holds(t, quiet)
})

for (const skip of ['toNext', 'pastLastEvent', 'toLast'] as const) {
  test(`the search goes on by ${skip}: the matches are those of the definition`, async t => {
    // Of each first event there is one match at most: which of several counts, no definition says.
    const plain = definitions(single, skip).map(definition => ({
      ...definition,
      stages: definition.stages.map(
        stage => ({ ...stage, how: stage.how === 'next' ? 'next' : 'followedBy' }) as const,
      ),
    }))
    await holds(t, plain)
  })
}

async function holds(
  t: TestContext,
  definition: fc.Arbitrary<Definition>,
  { withTimedOut = false } = {},
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(definition, scenarios, async (defined, scenario) => {
      const came = cameOf(scenario)
      const late = came.filter(each => each.time <= each.entryWatermark).map(({ id }) => id)
      const expected = eventsByKey(scenario).map(events => ({
        matches: matchesOf(defined, events),
        timedOut: timedOutOf(defined, events),
      }))
      const played = await playPattern(defined, scenario)
      assert.deepEqual(played.late.toSorted(), late.toSorted())
      assert.deepEqual(
        sorted(played.matches, defined),
        sorted(
          expected.flatMap(({ matches }) => matches),
          defined,
        ),
      )
      if (withTimedOut)
        assert.deepEqual(
          sorted(played.timedOut, defined),
          sorted(
            expected.flatMap(({ timedOut }) => timedOut),
            defined,
          ),
        )
      assert.ok(isInOrder(played.matches), 'the matches of a key come in the order of time')
    }),
    propertyOptions(t, RUNS),
  )
}

/** The events on time of each key, in the order of event time. */
function eventsByKey(scenario: PatternScenario): readonly (readonly Event[])[] {
  const onTime = cameOf(scenario)
    .map((came, number) => ({ ...came, ...(scenario.extras[number] ?? { letter: 'z', value: 0 }) }))
    .filter(each => each.time > each.entryWatermark)
    .toSorted((l, r) => l.time - r.time || l.partition - r.partition || l.offset - r.offset)
  return [...Map.groupBy(onTime, ({ key }) => key).values()]
}

/** As texts. A match that waits for earlier ones has the time at which it was sure, which is not compared then. */
function sorted(found: readonly Found[], { skip }: Definition): readonly string[] {
  return found
    .map(({ key, time, events }) =>
      JSON.stringify([
        key,
        skip === 'noSkip' ? time : 0,
        Object.entries(events).toSorted(([left], [right]) => (left < right ? -1 : 1)),
      ]),
    )
    .sort()
}

function isInOrder(found: readonly Found[]): boolean {
  return [...Map.groupBy(found, ({ key }) => key).values()].every(its =>
    its.every(({ time }, at) => at === 0 || (its[at - 1]?.time ?? 0) <= time),
  )
}

function definitions(
  stage: fc.Arbitrary<Omit<Stage, 'name'>>,
  skip: Definition['skip'],
): fc.Arbitrary<Definition> {
  return fc.record({
    stages: fc
      .array(stage, { minLength: 1, maxLength: 3 })
      // The first stage is not behind another one, and a pattern is no pattern if it may take nothing.
      .map(all =>
        all.map((each, at) => ({
          ...each,
          name: `s${at}`,
          ...(at === 0 ? { never: '', how: 'followedBy' as const } : {}),
        })),
      ),
    withinMs: fc.constantFrom(5, 12, 40),
    skip: fc.constant(skip),
    neverAfter: fc.constant(''),
  })
}

const anElement = fc.record({
  key: fc.constantFrom('k', 'k', 'l'),
  time: fc.oneof(fc.nat(6), fc.nat(20)),
  partition: fc.nat(5),
  letter: fc.constantFrom(...LETTERS),
  value: fc.nat(3),
})

const scenarios: fc.Arbitrary<PatternScenario> = fc
  .record({
    partitions: fc.integer({ min: 1, max: 3 }),
    boundMs: fc.constantFrom(0, 3, 20),
    elements: fc.tuple(fc.constantFrom(0, 1, 3), fc.array(anElement, { maxLength: 16 })),
    schedule: fc.record(
      {
        seed: fc.nat(2 ** 30),
        workers: fc.integer({ min: 1, max: 3 }),
        // At times with several restarts.
        portions: fc.oneof(fc.array(fc.nat(8), { maxLength: 3 }), fc.constant([1, 2, 1, 3, 1])),
        crash: fc.record({
          moment: fc.constantFrom('record', 'beforeCommit', 'afterCommit'),
          number: fc.integer({ min: 1, max: 6 }),
        }),
      },
      { requiredKeys: ['seed', 'workers', 'portions'] },
    ),
  })
  .map(({ elements: [pace, all], partitions, ...rest }) => ({
    ...rest,
    partitions,
    elements: all.map(({ key, time, partition }, number) => ({
      key,
      time: time + number * pace,
      partition: partition % partitions,
    })),
    extras: all.map(({ letter, value }) => ({ letter, value })),
  }))
