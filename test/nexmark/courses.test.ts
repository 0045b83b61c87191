/**
 * Every query gives the same answer however its input is cut into runs, whoever goes on next, with one, two and
 * three workers one after the other, and wherever the app is killed: that of plain code over all events.
 */
import test from 'node:test'
import { queries } from '../../examples/nexmark/queries.ts'
import { type Random, seededRandom } from '../../src/testing/choices.ts'
import type { CrashMoment } from '../../src/testing/index.ts'
import { seedOf } from '../properties/seed.ts'
import { batchAnswer } from './batch.ts'
import { type Course, playQuery, STRAIGHT, type Stretch } from './play.ts'
import { assertSame, recordedAnswers, someEvents } from './recorded.ts'

const EVENTS = 1500
const COURSES = Number(process.env['SLUICE_RUNS'] ?? 6)
const MOMENTS: readonly CrashMoment[] = ['record', 'beforeCommit', 'afterCommit', 'turn', 'whileRestoring']

const recorded = recordedAnswers()

for (const name of Object.keys(queries)) {
  test(`${name}: straight, killed and shared anew, the answer is that of plain code`, async t => {
    const random = seededRandom(seedOf(t))
    const doubles = recorded.get(name)?.doubleColumns
    for (let number = 0; number < COURSES; number++) {
      const events = someEvents(below(random, 1_000_000), EVENTS)
      const course = number === 0 ? STRAIGHT : randomCourse(random)
      const rows = await playQuery(name, events, course)
      saying(JSON.stringify(course), () => assertSame(rows, batchAnswer(name, events), doubles))
    }
  })
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
function randomCourse(random: Random): Course {
  const cuts = Array.from({ length: below(random, 4) }, () => random()).sort((a, b) => a - b)
  return {
    seed: below(random, 2 ** 31),
    stretches: [...cuts, 1].map(until => randomStretch(random, until)),
  }
}

function randomStretch(random: Random, until: number): Stretch {
  const workers = 1 + below(random, 3)
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
