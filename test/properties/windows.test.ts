/**
 * Windows of every kind equal what they are, written down naively: under any interleaving of the
 * partitions, with one to three workers, and with a crash anywhere.
 */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import {
  calendar,
  collect,
  countWindows,
  cumulate,
  globalWindow,
  hopping,
  session,
  sliding,
  tumbling,
  type WindowOptions,
  type Windows,
} from '../../src/index.ts'
import { propertyOptions } from './seed.ts'
import {
  cameOf,
  type DefineWindows,
  foldedOver,
  type Played,
  playWindows,
  type Scenario,
  sorted,
} from './windows/play.ts'
import {
  aligned,
  around,
  type Came,
  counted,
  type Expected,
  frozenSessions,
  type Held,
  strictSessions,
} from './windows/reference.ts'

const RUNS = 40

interface Case {
  readonly windows: Windows
  readonly options?: WindowOptions
  /** Whether results are rows of a table. */
  readonly retract?: true
  readonly expected: (came: readonly Came[]) => Expected
  /** Where it depends on the order in which elements come, they come by one partition. */
  readonly isOrdered?: boolean
}

const DAY_MS = 86_400_000

/** All windows of a size, one each advance, that hold a time. */
function spansOf(sizeMs: number, advanceMs: number, offsetMs: number = 0) {
  return (time: number) => {
    const spans = []
    for (let start = offsetMs - 50 * advanceMs; start <= time; start += advanceMs) {
      if (time < start + sizeMs) spans.push({ start, end: start + sizeMs })
    }
    return spans
  }
}

const growing = (time: number) =>
  [10, 20, 30].flatMap(size => {
    const start = Math.floor(time / 30) * 30
    return time < start + size ? [{ start, end: start + size }] : []
  })

const whole = () => [{ start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }]

const CASES: Readonly<Record<string, Case>> = {
  tumbling: { windows: tumbling(10), expected: came => aligned(came, spansOf(10, 10), 0) },
  'tumbling with an offset and lateness': {
    windows: tumbling(10, { offset: 3 }),
    options: { lateness: 15 },
    expected: came => aligned(came, spansOf(10, 10, 3), 15),
  },
  'tumbling, a result for each element': {
    windows: tumbling(10),
    options: { emit: 'update', lateness: 5 },
    retract: true,
    expected: came => aligned(came, spansOf(10, 10), 5),
  },
  hopping: { windows: hopping(30, 10), expected: came => aligned(came, spansOf(30, 10), 0) },
  'hopping by what does not divide the size': {
    windows: hopping(25, 10, { offset: 4 }),
    expected: came => aligned(came, spansOf(25, 10, 4), 0),
  },
  'hopping with gaps': { windows: hopping(7, 10), expected: came => aligned(came, spansOf(7, 10), 0) },
  'hopping with lateness and what is taken back': {
    windows: hopping(30, 10),
    options: { lateness: 12 },
    retract: true,
    expected: came => aligned(came, spansOf(30, 10), 12),
  },
  'hopping with early results': {
    windows: hopping(20, 5),
    options: { emit: { every: 4 }, lateness: 3 },
    retract: true,
    expected: came => aligned(came, spansOf(20, 5), 3),
  },
  cumulate: { windows: cumulate(10, 30), expected: came => aligned(came, growing, 0) },
  'cumulate with lateness': {
    windows: cumulate(10, 30),
    options: { lateness: 8 },
    expected: came => aligned(came, growing, 8),
  },
  'days of the calendar': {
    windows: calendar('day'),
    expected: came => aligned(came, spansOf(DAY_MS, DAY_MS), 0),
  },
  'sessions by the time of elements': {
    windows: session(6),
    options: { late: 'event' },
    expected: came => strictSessions(came, 6, 0),
  },
  'sessions by the time of elements, with lateness and what is taken back': {
    windows: session(6),
    options: { late: 'event', lateness: 9 },
    retract: true,
    expected: came => strictSessions(came, 6, 9),
  },
  'sessions as Flink has them': {
    windows: session(6),
    expected: came => frozenSessions(came, 6, 0),
    isOrdered: true,
  },
  'sessions as Flink has them, with lateness and a result for each element': {
    windows: session(6),
    options: { lateness: 7, emit: 'update' },
    retract: true,
    expected: came => frozenSessions(came, 6, 7),
    isOrdered: true,
  },
  'sessions with early results': {
    windows: session(6),
    options: { lateness: 7, emit: { every: 5 } },
    retract: true,
    expected: came => frozenSessions(came, 6, 7),
    isOrdered: true,
  },
  'around each element': {
    windows: sliding({ before: 8, after: 4 }),
    expected: came => around(came, 8, 4),
  },
  'before each element': { windows: sliding({ before: 8 }), expected: came => around(came, 8, 0) },
  counted: { windows: countWindows(3), expected: came => counted(came, 3, 3), isOrdered: true },
  'counted, overlapping': {
    windows: countWindows(5, { every: 2 }),
    expected: came => counted(came, 5, 2),
    isOrdered: true,
  },
  'counted, with gaps': {
    windows: countWindows(2, { every: 5 }),
    expected: came => counted(came, 2, 5),
    isOrdered: true,
  },
}

for (const [name, each] of Object.entries(CASES)) {
  test(`${name}: windows and late elements are those of the definition`, async t => {
    await holds(t, each, stream => {
      if (each.retract === true) {
        const windows = stream.window(each.windows, { ...each.options, retract: true })
        return { windows, results: windows.collect() }
      }
      const windows = stream.window(each.windows, each.options)
      return { windows, results: windows.collect() }
    })
  })
}

test('an aggregation that cannot be merged sees the elements of overlapping windows as they come', async t => {
  const hop: Case = { windows: hopping(30, 10), expected: came => aligned(came, spansOf(30, 10), 0) }
  await holds(
    t,
    hop,
    stream => {
      const windows = stream.window(hop.windows)
      const results = windows.aggregate({
        init: (): { id: string; key: string; time: number }[] => [],
        add: (all, e) => [...all, e],
        result: all => all.toSorted((a, b) => a.time - b.time),
      })
      return { windows, results }
    },
    { anyOrder: true },
  )
})

test('the window that never ends holds everything, and gives it at the end', async t => {
  const all: Case = { windows: globalWindow(), expected: came => aligned(came, whole, 0) }
  await holds(
    t,
    all,
    stream => {
      const windows = stream.window(all.windows)
      const results = windows
        .aggregate({ all: collect() })
        .map(({ key, value }) => ({ key, window: { start: 0, end: 0 }, value: value.all }))
      return { windows, results: results.keyBy(({ key }) => key) }
    },
    { anyBorders: true },
  )
})

interface Loosely {
  /** Whether the order within a window is not promised. */
  readonly anyOrder?: boolean
  readonly anyBorders?: boolean
}

async function holds(
  t: TestContext,
  each: Case,
  define: DefineWindows,
  loosely: Loosely = {},
): Promise<void> {
  const isRetracting = each.retract === true
  await fc.assert(
    fc.asyncProperty(scenarios(each.isOrdered === true ? 1 : 3), async scenario => {
      const expected = each.expected(cameOf(scenario))
      const { given, ...last } = await playWindows(scenario, define)
      const played = isGivenOnce(each) ? { ...last, windows: given.map(withoutMark) } : last
      assert.deepEqual(comparable(played, loosely), comparable(expected, loosely))
      if (isRetracting) {
        const folded = { windows: foldedOver(given), late: expected.late }
        assert.deepEqual(comparable(folded, loosely), comparable(expected, loosely))
      }
    }),
    propertyOptions(t, RUNS),
  )
}

/** Then nothing comes twice, also after a crash. */
function isGivenOnce({ options = {} }: Case): boolean {
  return options.lateness === undefined && options.emit === undefined
}

function withoutMark({ retracts: _, ...window }: Played['given'][number]): Held {
  return window
}

function comparable({ windows, late }: Expected, { anyOrder, anyBorders }: Loosely): Expected {
  const loose = windows.map(window => ({
    ...window,
    ...(anyOrder === true ? { ids: window.ids.toSorted() } : {}),
    ...(anyBorders === true ? { start: 0, end: 0 } : {}),
  }))
  return sorted({ windows: loose, late })
}

const anElement = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  time: fc.oneof(fc.nat(20), fc.nat(60)),
  partition: fc.nat(5),
})

function scenarios(partitions: number): fc.Arbitrary<Scenario> {
  return fc.record({
    partitions: fc.constant(partitions),
    boundMs: fc.constantFrom(0, 3, 20),
    // Times go forward by `pace` for each element, more or less.
    elements: fc.tuple(fc.constantFrom(0, 2, 5), fc.array(anElement, { maxLength: 30 })).map(([pace, all]) =>
      all.map(({ key, time, partition }, number) => ({
        key,
        time: time + number * pace,
        partition: partition % partitions,
      })),
    ),
    schedule: fc.record(
      {
        seed: fc.nat(2 ** 30),
        workers: fc.integer({ min: 1, max: 3 }),
        portions: fc.array(fc.nat(12), { maxLength: 3 }),
        crash: fc.record({
          moment: fc.constantFrom('record', 'beforeCommit', 'afterCommit'),
          number: fc.integer({ min: 1, max: 6 }),
        }),
      },
      { requiredKeys: ['seed', 'workers', 'portions'] },
    ),
  })
}
