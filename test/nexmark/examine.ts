/** Plays a query in random courses, each over other events, and compares every answer with that of plain code. */
import type { TestContext } from 'node:test'
import { type Random, seededRandom } from '../../src/testing/choices.ts'
import type { CrashMoment } from '../../src/testing/index.ts'
import { seedOf } from '../properties/seed.ts'
import { batchAnswer } from './batch.ts'
import { type Course, playQuery, STRAIGHT, type Stretch } from './play.ts'
import { assertSame, recordedAnswers, someEvents } from './recorded.ts'

const EVENTS = 1500
const MOST_WORKERS = 3
const MOMENTS: readonly CrashMoment[] = ['record', 'beforeCommit', 'afterCommit', 'turn', 'whileRestoring']

/** Plays so many courses, the first three in one go with one to three workers. Throws what differs, with the course that led to it. */
export async function examine(t: TestContext, name: string, courses: number): Promise<void> {
  const random = seededRandom(seedOf(t))
  const doubles = recordedAnswers().get(name)?.doubleColumns
  for (let number = 0; number < courses; number++) {
    const events = someEvents(below(random, 1_000_000), EVENTS)
    const course = courseOf(number, random)
    const rows = await playQuery(name, events, course)
    saying(JSON.stringify(course), () => assertSame(rows, batchAnswer(name, events), doubles))
  }
}

function courseOf(number: number, random: Random): Course {
  if (number === 0) return STRAIGHT
  if (number >= MOST_WORKERS) return randomCourse(random)
  return { seed: below(random, 2 ** 31), stretches: [{ until: 1, workers: number + 1 }] }
}

/** A failure also says what led to it. */
function saying(what: string, check: () => void): void {
  try {
    check()
  } catch (thrown) {
    throw new Error(`after ${what}`, { cause: thrown })
  }
}

/** Up to four runs, each with another number of workers and mostly with a crash. */
export function randomCourse(random: Random): Course {
  const cuts = Array.from({ length: below(random, 4) }, () => random()).sort((a, b) => a - b)
  return {
    seed: below(random, 2 ** 31),
    stretches: [...cuts, 1].map(until => randomStretch(random, until)),
  }
}

function randomStretch(random: Random, until: number): Stretch {
  const workers = 1 + below(random, MOST_WORKERS)
  const moment = MOMENTS[below(random, MOMENTS.length + 1)]
  if (moment === undefined) return { until, workers }
  const number = 1 + below(random, moment === 'record' || moment === 'turn' ? EVENTS / 2 : 8)
  // Alone, a worker is started again while the others go on.
  const worker = below(random, 2) === 0 ? {} : { worker: below(random, workers) }
  return { until, workers, crash: { moment, number, ...worker } }
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}
