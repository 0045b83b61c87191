/**
 * Tables and change streams: what is left once all changes are folded is what plain code makes of the elements,
 * whatever the interleaving, the workers and the crashes.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { type Change, count, max, min, type Stream, sum, type Table, top } from '../../src/index.ts'
import { propertyOptions } from './seed.ts'
import {
  type Element,
  type Elements,
  foldedOver,
  newestOf,
  playTables,
  scenarios,
  sorted,
} from './tables/play.ts'

const RUNS = 40

type Rows = readonly Element[]

interface Case {
  readonly define: (left: Elements, right: Elements) => Stream<Change<unknown>>
  /** What is left, of the rows of both tables; the elements themselves where no table is made of them. */
  readonly expect: (left: Rows, right: Rows) => readonly unknown[]
  readonly ofStreams?: true
}

const tableOf = (elements: Elements): Table<string, Element> =>
  elements.toTable({ removed: ({ removed }) => removed })

const HOWS = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const

const CASES: Readonly<Record<string, Case>> = {
  'the newest element of each key': {
    define: left => tableOf(left).toChangelog(),
    expect: left => left,
  },
  'rows that are mapped, kept and taken apart': {
    define: left =>
      tableOf(left)
        .filter(({ amount }) => amount > 0)
        .map(({ id, amount }) => ({ id, amount }))
        .flatMap(({ id, amount }) => Array.from({ length: amount % 4 }, (_, n) => `${id}${n}`))
        .toChangelog(),
    expect: left =>
      left
        .filter(({ amount }) => amount > 0)
        .flatMap(({ id, amount }) => Array.from({ length: amount % 4 }, (_, n) => `${id}${n}`)),
  },
  'aggregations of regrouped rows': {
    define: left =>
      tableOf(left)
        .keyBy('group')
        .running()
        .aggregate({
          n: count(),
          total: sum(({ amount }) => amount),
          most: max(({ amount }) => amount),
          least: min(({ amount }) => amount),
          best: top(2, ({ amount }) => amount),
        })
        .toChangelog(),
    expect: left =>
      [...Map.groupBy(left, ({ group }) => group)].map(([key, rows]) => ({
        key,
        value: {
          n: rows.length,
          total: rows.reduce((all, { amount }) => all + amount, 0),
          most: Math.max(...rows.map(({ amount }) => amount)),
          least: Math.min(...rows.map(({ amount }) => amount)),
          best: rows.toSorted(byAmountAndContents).slice(0, 2),
        },
      })),
  },
  'groups of groups': {
    define: left =>
      tableOf(left)
        .keyBy('other')
        .running()
        .sum(({ amount }) => amount)
        .keyBy(({ value }) => value)
        .running()
        .count()
        .suppress({ every: 10 })
        .toChangelog(),
    expect: left => {
      const totals = [...Map.groupBy(left, ({ other }) => other).values()].map(rows =>
        rows.reduce((all, { amount }) => all + amount, 0),
      )
      return [...Map.groupBy(totals, total => total)].map(([key, all]) => ({ key, value: all.length }))
    },
  },
  ...Object.fromEntries(
    (['inner', 'left', 'right', 'full'] as const).map(how => [
      `tables of the same keys, ${how}`,
      {
        define: (left, right) =>
          tableOf(left)
            .join(tableOf(right), { how })
            .map(({ key, left: l, right: r }) => pair(key, l, r))
            .toChangelog(),
        expect: (left, right) => joined(left, right, ({ id }) => id, how),
      } satisfies Case,
    ]),
  ),
  ...Object.fromEntries(
    (['inner', 'left'] as const).map(how => [
      `a foreign key, ${how}`,
      {
        define: (left, right) =>
          tableOf(left)
            .join(tableOf(right), { on: ({ other }) => other, how })
            .map(({ key, left: l, right: r }) => pair(key, l, r))
            .toChangelog(),
        expect: (left, right) =>
          left.flatMap(l => {
            const r = right.find(({ id }) => id === l.other)
            return r === undefined && how === 'inner' ? [] : [pair(l.id, l, r)]
          }),
      } satisfies Case,
    ]),
  ),
  ...Object.fromEntries(
    HOWS.map(how => [
      `change streams, ${how}`,
      {
        define: (left, right) => {
          const rows = tableOf(left)
            .keyBy('other')
            .join(
              tableOf(right).keyBy(({ group, other }) => (group === 'x' ? other : group)),
              { how },
            )
          return rows.map(rowText).toChangelog()
        },
        expect: (left, right) =>
          joined(
            left,
            right,
            ({ other, group, side }) => (side === 'left' || group === 'x' ? other : group),
            how,
          ).map(rowText),
      } satisfies Case,
    ]),
  ),
  ...Object.fromEntries(
    HOWS.map(how => [
      `streams without bounds, ${how}`,
      {
        ofStreams: true,
        define: (left, right) => {
          const byOther = left.keyBy('other')
          const rightByOther = right.keyBy('other')
          const added = (row: unknown): Change<unknown> => ({ before: null, after: rowText(row) })
          if (how === 'inner') return byOther.join(rightByOther, { unbounded: true, how }).map(added)
          if (how === 'semi') return byOther.join(rightByOther, { unbounded: true, how }).map(added)
          return byOther.join(rightByOther, { unbounded: true, how }).map(rowText).toChangelog()
        },
        expect: (left, right) => joined(left, right, ({ other }) => other, how).map(rowText),
      } satisfies Case,
    ]),
  ),
}

for (const [name, { define, expect, ofStreams }] of Object.entries(CASES)) {
  test(`${name}: what is left is what plain code makes of it`, async (t: TestContext) => {
    await fc.assert(
      fc.asyncProperty(scenarios(), async scenario => {
        const rowsOf = (side: 'left' | 'right'): Rows =>
          ofStreams === true
            ? scenario.elements.filter(element => element.side === side)
            : newestOf(scenario.elements, side)
        const changes = await playTables(scenario, define)
        assert.deepEqual(sorted(foldedOver(changes)), sorted(expect(rowsOf('left'), rowsOf('right'))))
      }),
      propertyOptions(t, RUNS),
    )
  })
}

/** A nested loop. */
function joined(
  left: Rows,
  right: Rows,
  keyOf: (row: Element) => string,
  how: (typeof HOWS)[number],
): readonly unknown[] {
  const partnersOf = (row: Element, others: Rows): Rows => others.filter(other => keyOf(other) === keyOf(row))
  if (how === 'semi') return left.filter(row => partnersOf(row, right).length > 0)
  if (how === 'anti') return left.filter(row => partnersOf(row, right).length === 0)
  const alone = (rows: Rows, others: Rows): Rows => rows.filter(row => partnersOf(row, others).length === 0)
  return [
    ...left.flatMap(l => partnersOf(l, right).map(r => pair(keyOf(l), l, r))),
    ...(how === 'left' || how === 'full' ? alone(left, right).map(l => pair(keyOf(l), l, undefined)) : []),
    ...(how === 'right' || how === 'full' ? alone(right, left).map(r => pair(keyOf(r), undefined, r)) : []),
  ]
}

function pair(key: string, left: Element | undefined, right: Element | undefined): unknown {
  return { key, left: left ?? null, right: right ?? null }
}

/** Whatever a join gives, with nothing in the place of what is missing. */
function rowText(row: unknown): string {
  return JSON.stringify(row, (_, value: unknown) => value ?? null).replaceAll('undefined', 'null')
}

function byAmountAndContents(left: Element, right: Element): number {
  return right.amount - left.amount || (contents(left) < contents(right) ? -1 : 1)
}

/** The contents of an element as text, its fields in the order of their names. */
function contents(element: Element): string {
  return JSON.stringify(Object.fromEntries(Object.entries(element).toSorted(([a], [b]) => (a < b ? -1 : 1))))
}
