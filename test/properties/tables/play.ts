/** Runs tables over random elements: in any interleaving, with any number of workers, and with crashes. */
import fc from 'fast-check'
import { App, type Change, json, type KeyedStream, type Stream } from '../../../src/index.ts'
import { type CrashMoment, TestDriver } from '../../../src/testing/index.ts'
import { feedInPortions } from '../portions.ts'

/** An element of one of two topics; a later one of the same id replaces it, or removes it. */
export interface Element {
  readonly side: 'left' | 'right'
  readonly id: string
  readonly group: string
  /** The id of an element of the other side, which may not be there. */
  readonly other: string
  readonly amount: number
  readonly removed: boolean
  readonly time: number
  readonly partition: number
}

/** Random elements, and how they are run. */
export interface Scenario {
  readonly elements: readonly Element[]
  readonly seed: number
  readonly workers: number
  /** How many elements are fed before each run. */
  readonly portions: readonly number[]
  readonly crash?: { readonly moment: CrashMoment; readonly number: number }
}

/** A stream of elements by their ids. */
export type Elements = KeyedStream<string, Element>

const PARTITIONS = 2
const value = json<Element>()

/** Runs what `define` makes of the two streams, and gives its changes in the order in which they were written. */
export async function playTables(
  scenario: Scenario,
  define: (left: Elements, right: Elements) => Stream<Change<unknown>>,
): Promise<readonly Change<unknown>[]> {
  const app = new App('tables', { shards: PARTITIONS })
  const inputs = {
    left: app.topic('left', { value, partitions: PARTITIONS }),
    right: app.topic('right', { value, partitions: PARTITIONS }),
  }
  const output = app.topic('output', { value: json<Change<unknown>>() })
  const keyed = (side: 'left' | 'right'): Elements =>
    app
      .stream(inputs[side])
      .eventTime(({ time }) => time, { outOfOrder: '1h', maxAhead: false })
      .keyBy('id')
  define(keyed('left'), keyed('right')).to(output)
  const { elements } = scenario
  const driver = new TestDriver(app, { seed: scenario.seed, workers: scenario.workers })
  await feedInPortions(driver, scenario, elements, async element => {
    await driver.feedRecords(inputs[element.side], [{ value: element, partition: element.partition }])
  })
  return (await driver.values(output)).filter(change => change !== null)
}

/** What is there after all changes: each row as often as it came and did not go. Throws where one went that never came. */
export function foldedOver(changes: readonly Change<unknown>[]): readonly unknown[] {
  const counts = new Map<string, number>()
  const count = (row: unknown, by: number): void => {
    if (row === null) return
    const text = JSON.stringify(row)
    counts.set(text, (counts.get(text) ?? 0) + by)
  }
  for (const { before, after } of changes) {
    count(before, -1)
    count(after, 1)
  }
  return [...counts].flatMap(([text, left]) => {
    if (left < 0) throw new Error(`it went, but never came: ${text}`)
    return Array.from({ length: left }, () => JSON.parse(text) as unknown)
  })
}

/** Of each id the newest element, by time, partition and place in it; those that remove are left out. */
export function newestOf(elements: readonly Element[], side: 'left' | 'right'): readonly Element[] {
  const newest = new Map<string, Element>()
  for (const element of elements) {
    const before = newest.get(element.id)
    if (element.side === side && (before === undefined || !isBefore(element, before))) {
      newest.set(element.id, element)
    }
  }
  return [...newest.values()].filter(({ removed }) => !removed)
}

/** Rows in one order, to be compared. */
export function sorted(rows: readonly unknown[]): readonly string[] {
  return rows.map(row => JSON.stringify(row)).sort()
}

/** Random scenarios. */
export function scenarios(): fc.Arbitrary<Scenario> {
  const ids = fc.constantFrom('a', 'b', 'c', 'd')
  const given = fc.record({
    side: fc.constantFrom('left' as const, 'right' as const),
    id: ids,
    group: fc.constantFrom('x', 'y'),
    other: ids,
    amount: fc.integer({ min: -3, max: 9 }),
    removed: fc.integer({ min: 0, max: 3 }).map(n => n === 0),
    time: fc.integer({ min: 0, max: 40 }),
    partition: fc.nat(PARTITIONS - 1),
  })
  const moments: readonly CrashMoment[] = ['record', 'beforeCommit', 'afterCommit', 'whileRestoring', 'turn']
  return fc.record(
    {
      elements: fc.array(given, { minLength: 1, maxLength: 30 }),
      seed: fc.nat(),
      workers: fc.integer({ min: 1, max: 3 }),
      portions: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }),
      crash: fc.record({ moment: fc.constantFrom(...moments), number: fc.integer({ min: 1, max: 6 }) }),
    },
    { requiredKeys: ['elements', 'seed', 'workers', 'portions'] },
  )
}

/** Whether an element is older; of equal ones the later in a partition is newer. */
function isBefore(element: Element, other: Element): boolean {
  return element.time < other.time || (element.time === other.time && element.partition < other.partition)
}
