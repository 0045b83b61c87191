/**
 * Joins by time equal what they are, written down naively: under any interleaving of the partitions, with one
 * to three workers, in portions, and with a crash anywhere.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type JoinHow, tumbling } from '../../src/index.ts'
import { cameOf, type DefineJoin, type Element, playJoin, scenarios, sorted } from './joins/play.ts'
import { intervalRows, type Row } from './joins/reference.ts'
import { propertyOptions } from './seed.ts'

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

type Given = Element | { readonly left?: Element | undefined; readonly right?: Element | undefined }

function rowOf({ value, time }: { readonly value: Given; readonly time: number }): Row {
  if ('id' in value) return { left: value.id, right: '-', time }
  return { left: value.left?.id ?? '-', right: value.right?.id ?? '-', time }
}

function textOf({ left, right }: Row): string {
  return `${left}/${right}`
}
