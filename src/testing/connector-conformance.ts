/**
 * What every source and every sink must keep of what it says of itself: the app is crashed before,
 * at and after its commits, and what came out is compared with what went in.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { App } from '../app/index.ts'
import { json } from '../codec/index.ts'
import type { Stream, Topic } from '../operators/index.ts'
import type { CrashMoment } from './crash.ts'
import type { Guarantees } from './guarantees.ts'
import { TestDriver } from './test-driver.ts'

const PARTITIONS = 2
const EACH = 30
const MOMENTS: readonly CrashMoment[] = ['record', 'beforeCommit', 'afterCommit']

/** A source in a test: gives its stream, and takes in what it is to give. */
export interface SourceUnderTest {
  readonly stream: Stream<number>
  /** Puts numbers into a partition of it. */
  feed(driver: TestDriver, partition: number, numbers: readonly number[]): Promise<void>
}

/** A sink in a test. */
export interface SinkUnderTest {
  /** What somebody else sees of it, in the order in which it became visible. */
  seen(driver: TestDriver): Promise<readonly number[]> | readonly number[]
}

/** Registers the suite for a source. */
export function sourceConformance(guarantees: Guarantees, open: (app: App) => SourceUnderTest): void {
  const sink: Parts['sink'] = (app, stream) => {
    const out = numbersTopic(app, 'out')
    stream.to(out)
    return { seen: driver => topicValues(driver, out) }
  }
  conformance(`source ${guarantees.name}`, guarantees, { open, sink })
}

/** Registers the suite for a sink; `attach` ends the stream with it. */
export function sinkConformance(
  guarantees: Guarantees,
  attach: (app: App, stream: Stream<number>) => SinkUnderTest,
): void {
  conformance(`sink ${guarantees.name}`, guarantees, { open: topicSource, sink: attach })
}

/** The source that sinks are tested with. */
export function topicSource(app: App): SourceUnderTest {
  const topic = numbersTopic(app, 'in', PARTITIONS)
  const feed = (driver: TestDriver, partition: number, numbers: readonly number[]): Promise<void> =>
    driver.feedRecords(
      topic,
      numbers.map(value => ({ value, partition })),
    )
  return { stream: app.stream(topic), feed }
}

/** A topic of numbers. */
export function numbersTopic(app: App, name: string, partitions: number = PARTITIONS): Topic<number> {
  return app.topic(name, { value: json<number>(), partitions })
}

/** The values of a topic of numbers. */
export async function topicValues(driver: TestDriver, topic: Topic<number>): Promise<readonly number[]> {
  return (await driver.values(topic)).map(Number)
}

interface Parts {
  readonly open: (app: App) => SourceUnderTest
  readonly sink: (app: App, stream: Stream<number>) => SinkUnderTest
}

function conformance(name: string, guarantees: Guarantees, parts: Parts): void {
  describe(name, () => {
    test('each element comes out once, the elements of a partition in their order', async () => {
      const { driver, source, sink } = assemble(parts)
      for (let half = 0; half < 2; half++) {
        await feed(driver, source, half)
        await driver.run({ workers: 1 + half })
      }
      const seen = await sink.seen(driver)
      assert.deepEqual(seen.toSorted(byNumber), numbersOf(0).concat(numbersOf(1)).toSorted(byNumber))
      assertOrder(seen)
    })
    for (const moment of MOMENTS) {
      // What is in the memory of a process dies with it: there is nobody to see it.
      if (guarantees.exactlyOnce === 'process') continue
      test(`after a crash (${moment}) elements have come ${textOf(guarantees)}`, async () => {
        const doubled = await crashEverywhere(parts, moment)
        if (guarantees.exactlyOnce === 'commit') assert.equal(doubled, 0)
        // Were none ever doubled, the table could promise more.
        else if (moment === 'beforeCommit') assert.ok(doubled > 0)
      })
    }
  })
}

/** Crashes at the first, second … such moment until there is none more; gives how many elements came again. */
async function crashEverywhere(parts: Parts, moment: CrashMoment): Promise<number> {
  let doubled = 0
  for (let number = 1; ; number++) {
    const { driver, source, sink } = assemble(parts)
    await feed(driver, source, 0)
    driver.crashAt({ moment, number })
    const ends = [await driver.run()]
    await feed(driver, source, 1)
    while (ends.at(-1) === 'crashed' || ends.length === 1) ends.push(await driver.run())
    const seen = await sink.seen(driver)
    const once = [...new Set(seen)]
    assert.deepEqual(once.toSorted(byNumber), numbersOf(0).concat(numbersOf(1)).toSorted(byNumber))
    assertOrder(once)
    doubled += seen.length - once.length
    if (!ends.includes('crashed')) return doubled
  }
}

function assemble({ open, sink }: Parts): {
  readonly driver: TestDriver
  readonly source: SourceUnderTest
  readonly sink: SinkUnderTest
} {
  const app = new App('conformance')
  const source = open(app)
  const attached = sink(app, source.stream)
  return { driver: new TestDriver(app), source, sink: attached }
}

async function feed(driver: TestDriver, source: SourceUnderTest, half: number): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = numbersOf(half).filter(number => number % PARTITIONS === partition)
    await source.feed(driver, partition, own)
  }
}

function numbersOf(half: number): readonly number[] {
  return Array.from({ length: EACH }, (_, index) => half * EACH + index)
}

/** Numbers of one partition only grow. */
function assertOrder(seen: readonly number[]): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = seen.filter(number => number % PARTITIONS === partition)
    assert.deepEqual(own, own.toSorted(byNumber))
  }
}

function textOf({ exactlyOnce }: Guarantees): string {
  return exactlyOnce === 'commit' ? 'once' : 'at least once'
}

function byNumber(a: number, b: number): number {
  return a - b
}
