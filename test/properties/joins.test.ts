/**
 * Joins by time equal what they are, written down naively: under any interleaving of the partitions, with one
 * to three workers, in portions, and with a crash anywhere.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  hopping,
  type JoinHow,
  type KeyedStream,
  session,
  sliding,
  tumbling,
  type WindowJoinOptions,
} from '../../src/index.ts'
import { cameOf, type DefineJoin, type Element, playJoin, scenarios, sorted } from './joins/play.ts'
import {
  asOfRows,
  type Came,
  intervalRows,
  lateIntervalRows,
  type Row,
  windowRows,
} from './joins/reference.ts'
import { propertyOptions } from './seed.ts'
import { aligned, around, strictSessions, type Expected as Windows } from './windows/reference.ts'

const RUNS = 30

const ALL: readonly JoinHow[] = ['inner', 'left', 'right', 'full', 'semi', 'anti']
const INTERVALS = [
  { before: 5, after: 5 },
  { before: 0, after: 12 },
  { before: 20, after: 0 },
  { before: -3, after: 9 },
  { before: 8, after: -2 },
  { before: -4, after: 4 },
]

for (const how of ALL) {
  test(`within an interval, ${how}: rows and late elements are those of a nested loop`, async t => {
    await fc.assert(
      fc.asyncProperty(scenarios(), fc.constantFrom(...INTERVALS), async (scenario, within) => {
        const played = await playJoin(scenario, intervalJoin(within, how))
        assert.deepEqual(sorted(played), sorted(intervalRows(cameOf(scenario), how, within)))
      }),
      propertyOptions(t, RUNS),
    )
  })
}

for (const how of ALL) {
  test(`within an interval that takes late elements, ${how}: rows are those of a nested loop`, async t => {
    const lateness = fc.constantFrom(1, 6, 25)
    await fc.assert(
      fc.asyncProperty(
        scenarios(),
        fc.constantFrom(...INTERVALS),
        lateness,
        async (scenario, within, late) => {
          const played = await playJoin(scenario, (left, right) => {
            const joined = left.join(right, { within, how, lateness: late })
            return { rows: withTimes(joined), late: joined.late }
          })
          const expected = lateIntervalRows(cameOf(scenario), how, { ...within, lateness: late })
          assert.deepEqual(sorted(played), sorted(expected))
        },
      ),
      propertyOptions(t, RUNS),
    )
  })
}

interface WindowCase {
  readonly options: WindowJoinOptions
  readonly windowsOf: (came: readonly Came[]) => Windows
}

const WINDOWS: Readonly<Record<string, WindowCase>> = {
  tumbling: {
    options: { window: tumbling(10) },
    windowsOf: came => aligned(came, spansOf(10, 10), 0),
  },
  hopping: {
    options: { window: hopping(20, 5) },
    windowsOf: came => aligned(came, spansOf(20, 5), 0),
  },
  sessions: {
    options: { window: session(4), late: 'event' },
    windowsOf: came => strictSessions(came, 4, 0),
  },
  'around each element': {
    options: { window: sliding({ before: 5, after: 3 }) },
    windowsOf: came => around(came, 5, 3),
  },
}

for (const [name, { options, windowsOf }] of Object.entries(WINDOWS)) {
  test(`in windows, ${name}: rows and late elements are those of a nested loop`, async t => {
    await fc.assert(
      fc.asyncProperty(scenarios(), fc.constantFrom(...ALL), async (scenario, how) => {
        const played = await playJoin(scenario, (left, right) => {
          const joined = left.join(right, { ...options, how })
          return { rows: withTimes(joined), late: joined.late }
        })
        const came = cameOf(scenario)
        assert.deepEqual(sorted(played), sorted(windowRows(came, how, windowsOf(came))))
      }),
      propertyOptions(t, RUNS),
    )
  })
}

test('in windows that take late elements: what is left once rows are taken back is that of a nested loop', async t => {
  await fc.assert(
    fc.asyncProperty(
      scenarios(),
      fc.constantFrom('inner', 'left', 'right', 'full'),
      async (scenario, how) => {
        const played = await playJoin(scenario, (left, right) => {
          const options = {
            window: tumbling(10),
            lateness: 8,
            retract: true,
            emit: { every: 4 },
            how,
          } as const
          const joined = left.join(right, options)
          const rows = joined
            .toChangelog()
            .withMeta()
            .flatMap(({ value: { before, after }, time }) => [
              ...(before === null ? [] : [{ ...rowOf({ value: before, time }), time: -time }]),
              ...(after === null ? [] : [rowOf({ value: after, time })]),
            ])
          return { rows: rows.keyBy(() => 'all'), late: joined.late }
        })
        const came = cameOf(scenario)
        const expected = windowRows(came, how, aligned(came, spansOf(10, 10), 8))
        assert.deepEqual(sorted({ ...played, rows: foldedOver(played.rows) }), sorted(expected))
      },
    ),
    propertyOptions(t, RUNS),
  )
})

for (const how of ['inner', 'left'] as const) {
  test(`as of a time, ${how}: versions are those that a search through all of them finds`, async t => {
    const ages = fc.constantFrom(undefined, 4, 15)
    await fc.assert(
      fc.asyncProperty(scenarios(), ages, fc.boolean(), async (scenario, maxAge, removes) => {
        const isRemoval = ({ id }: { readonly id: string }): boolean =>
          removes && Number(id.slice(1)) % 4 === 0
        const played = await playJoin(scenario, (left, right) => {
          const age = maxAge === undefined ? {} : { maxAge }
          const joined = left.join(right, { asOf: true, how, removed: isRemoval, ...age })
          return { rows: withTimes(joined), late: joined.late }
        })
        const expected = asOfRows(cameOf(scenario), how, { maxAge: maxAge ?? 1e9, isRemoval })
        assert.deepEqual(sorted(played), sorted(expected))
      }),
      propertyOptions(t, RUNS * 2),
    )
  })
}

test('cogroup gives both sides of each window in the order of event time', async t => {
  await fc.assert(
    fc.asyncProperty(scenarios(), async scenario => {
      const idsOf = (elements: readonly Element[]): string => elements.map(({ id }) => id).join(',')
      const played = await playJoin(scenario, (left, right) => {
        const groups = left.cogroup(right, { window: tumbling(10) })
        const rows = groups.map(group => ({
          left: idsOf(group.left),
          right: idsOf(group.right),
          time: group.window.start,
        }))
        return { rows, late: groups.late }
      })
      const came = cameOf(scenario)
      const ofSide = (ids: readonly string[], side: 'left' | 'right'): string =>
        ids.filter(id => came.some(each => each.id === id && each.side === side)).join(',')
      const all = aligned(came, spansOf(10, 10), 0)
      const rows = all.windows.map(({ ids, start }) => ({
        left: ofSide(ids, 'left'),
        right: ofSide(ids, 'right'),
        time: start,
      }))
      assert.deepEqual(sorted(played), sorted({ rows, late: windowRows(came, 'inner', all).late }))
    }),
    propertyOptions(t, RUNS),
  )
})

test('windows find every row of a join in time, and list them in one order', async t => {
  await fc.assert(
    fc.asyncProperty(
      scenarios(),
      fc.constantFrom(...INTERVALS),
      fc.constantFrom(...ALL),
      fc.nat(2 ** 30),
      async (scenario, within, how, seed) => {
        const once = await playJoin(scenario, windowed(within, how))
        const again = await playJoin({ ...scenario, seed, portions: [], workers: 1 }, windowed(within, how))
        assert.deepEqual(sorted(once), sorted(again))
        const expected = intervalRows(cameOf(scenario), how, within)
        const all = once.rows.flatMap(({ left }) => left.split(','))
        assert.deepEqual(all.sort(), expected.rows.map(textOf).sort())
      },
    ),
    propertyOptions(t, RUNS),
  )
})

function intervalJoin(within: (typeof INTERVALS)[number], how: JoinHow): DefineJoin {
  return (left, right) => {
    const joined = left.join(right, { within, how })
    return {
      rows: joined
        .withMeta()
        .map(rowOf)
        .keyBy(() => 'all'),
      late: joined.late,
    }
  }
}

/** The rows of each window in one row, in the order in which the window lists them. */
function windowed(within: (typeof INTERVALS)[number], how: JoinHow): DefineJoin {
  return (left, right) => {
    const joined = left.join(right, { within, how })
    const windows = joined.window(tumbling(7))
    const rows = windows.collect().map(({ value, window }) => ({
      left: value.map(each => textOf(rowOf({ value: each, time: 0 }))).join(','),
      right: '-',
      time: window.start,
    }))
    windows.late.sink(() => {
      throw new Error('a row was late')
    })
    return { rows, late: joined.late }
  }
}

function withTimes(joined: KeyedStream<string, Given>): KeyedStream<string, Row> {
  return joined
    .withMeta()
    .map(rowOf)
    .keyBy(() => 'all')
}

/** All windows of a size, one each advance, that hold a time. */
function spansOf(sizeMs: number, advanceMs: number) {
  return (time: number) => {
    const spans = []
    for (let start = -50 * advanceMs; start <= time; start += advanceMs) {
      if (time < start + sizeMs) spans.push({ start, end: start + sizeMs })
    }
    return spans
  }
}

/** What is left once rows that were taken back, which have negative times, are gone. */
function foldedOver(rows: readonly Row[]): readonly Row[] {
  const left = new Map<string, Row[]>()
  for (const row of rows) {
    const name = `${textOf(row)} ${Math.abs(row.time)}`
    const same = left.get(name) ?? []
    left.set(name, same)
    if (row.time >= 0) same.push(row)
    else assert.ok(same.pop() !== undefined, `taken back, but never given: ${name}`)
  }
  return [...left.values()].flat()
}

type Given = Element | { readonly left?: Element | undefined; readonly right?: Element | undefined }

function rowOf({ value, time }: { readonly value: Given; readonly time: number }): Row {
  if ('id' in value) return { left: value.id, right: '-', time }
  return { left: value.left?.id ?? '-', right: value.right?.id ?? '-', time }
}

function textOf({ left, right }: Row): string {
  return `${left}/${right}`
}
