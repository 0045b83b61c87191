/** Runs a query of Nexmark in a test: line n in partition n modulo 4, fed in portions, with crashes and changes of workers. */
import { Answer, type Row as Columns } from '../../examples/nexmark/answer.ts'
import { PARTITIONS } from '../../examples/nexmark/events.ts'
import type { Line } from '../../examples/nexmark/generate.ts'
import { queryNamed } from '../../examples/nexmark/queries.ts'
import { RESULTS } from '../../examples/nexmark/query.ts'
import { json, Topic } from '../../src/index.ts'
import { type CrashPoint, TestDriver } from '../../src/testing/index.ts'
import type { Row } from './batch.ts'

/** What is fed before a run, and who runs it. */
export interface Stretch {
  /** Which part of the events there is by then, from 0 to 1. */
  readonly until: number
  readonly workers: number
  /** The run dies here, and is started again with the workers of the next stretch. */
  readonly crash?: CrashPoint
}

/** How a query is run: the last stretch is drained, and has all events. */
export interface Course {
  /** Decides who goes on next, where work is cut and when it is committed; undefined: the plainest way. */
  readonly seed?: number
  readonly stretches: readonly Stretch[]
}

/** One worker does it all, in one go. */
export const STRAIGHT: Course = { stretches: [{ until: 1, workers: 1 }] }

/** The answer to a query, as rows. */
export async function playQuery(
  name: string,
  events: readonly Line[],
  course: Course,
): Promise<readonly Row[]> {
  const query = queryNamed(name)
  const { app, events: topic } = query.program(name)
  const driver = new TestDriver(app, course.seed === undefined ? {} : { seed: course.seed })
  let fed = 0
  for (const [at, { until, workers, crash }] of course.stretches.entries()) {
    const isLast = at === course.stretches.length - 1
    const end = isLast ? events.length : Math.floor(until * events.length)
    const records = events
      .slice(fed, end)
      .map((value, number) => ({ value, partition: (fed + number) % PARTITIONS }))
    await driver.feedRecords(topic, records)
    fed = end
    driver.crashAt(crash)
    const ended = await (isLast ? driver.drain({ workers }) : driver.run({ workers }))
    if (isLast && ended === 'crashed') await driver.drain({ workers: (workers % 3) + 1 })
  }
  const answer = new Answer(query)
  const results = await driver.values(new Topic(RESULTS, { value: json<Columns>() }))
  for (const row of results) if (row !== null) answer.add(row)
  return [...answer.rows()].map(row => Object.values(row) as Row)
}
