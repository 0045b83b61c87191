/**
 * Idle decisions, drains in the middle and restarts may make an on-time record too late for its window,
 * but whatever happens: nothing is lost, nothing is doubled, no window gives two results.
 */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import { App, json, type Topic, tumbling } from '../../src/index.ts'
import { type CrashMoment, TestDriver } from '../../src/testing/index.ts'
import { propertyOptions } from './seed.ts'

interface Reading {
  readonly id: number
  readonly key: string
  readonly time: number
}

interface Result {
  readonly key: string
  readonly start: number
  readonly ids: number[]
}

const IDLE_AFTER_MS = 50

const step = fc.record({
  partition: fc.nat(2),
  readings: fc.array(fc.record({ key: fc.nat(3), stepMs: fc.nat(20), delayMs: fc.nat(60) }), {
    maxLength: 6,
  }),
  passMs: fc.constantFrom(0, 20, 60, 200),
  afterwards: fc.constantFrom('goOn', 'goOn', 'restart', 'crash', 'drain'),
  workers: fc.integer({ min: 1, max: 3 }),
  crashAt: fc.option(
    fc.record({
      moment: fc.constantFrom<CrashMoment>('record', 'beforeCommit', 'afterCommit', 'whileRestoring'),
      number: fc.integer({ min: 1, max: 6 }),
    }),
    { nil: undefined },
  ),
})

const scenario = fc.record({
  keyed: fc.boolean(),
  chained: fc.boolean(),
  partitions: fc.integer({ min: 1, max: 3 }),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  seed: fc.nat(),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

test('with idle partitions, drains and crashes every record is in one window result or in the late stream', async (t: TestContext) => {
  await fc.assert(fc.asyncProperty(scenario, check), propertyOptions(t, 250))
})

async function check({ keyed, chained, partitions, steps, seed }: Scenario): Promise<void> {
  const { app, readings, results, regrouped, late } = buildProgram(keyed, chained, partitions)
  const driver = new TestDriver(app, { seed })
  let id = 0
  let now = 1000
  let running = false
  for (const { partition, readings: raw, passMs, afterwards, workers, crashAt } of steps) {
    const records = raw.map(({ key, stepMs, delayMs }) => {
      now += stepMs
      return {
        value: { id: ++id, key: `k${key}`, time: now - delayMs },
        ...(keyed ? {} : { partition: partition % partitions }),
      }
    })
    if (records.length > 0) await driver.feedRecords(readings, records)
    if (crashAt !== undefined) driver.crashAt(crashAt)
    if (!running) await driver.start({ workers })
    await driver.advance(passMs)
    running = afterwards === 'goOn'
    if (afterwards === 'crash') await driver.crash()
    if (afterwards === 'restart' || afterwards === 'drain') await driver.stop()
    if (afterwards === 'drain') await driver.drain({ workers })
  }
  if (running) await driver.stop()
  while ((await driver.drain()) === 'crashed');

  const all = Array.from({ length: id }, (_, index) => index + 1)
  const found = await driver.values(results)
  assertOncePerWindow(found)
  const lateIds = (await driver.values(late)).map(reading => reading?.id ?? 0)
  assert.deepEqual([...found.flatMap(result => result?.ids ?? []), ...lateIds].sort(byNumber), all)
  if (!chained) return
  const groups = await driver.values(regrouped)
  assertOncePerWindow(groups)
}

function buildProgram(keyed: boolean, chained: boolean, partitions: number) {
  const app = new App('idle')
  const reading = json({ id: 'number', key: 'string', time: 'number' })
  const result = json({ key: 'string', start: 'number', ids: ['number'] })
  const readings: Topic<Reading> = app.topic('readings', {
    value: reading,
    partitions,
    ...(keyed ? ({ keyedBy: 'key' } as const) : {}),
  })
  const results: Topic<Result> = app.topic('results', { value: result })
  const regrouped: Topic<Result> = app.topic('regrouped', { value: result })
  const late: Topic<Reading> = app.topic('late', { value: reading })
  const windows = app
    .stream(readings)
    .eventTime(r => r.time, { outOfOrder: 10, idleAfter: IDLE_AFTER_MS, maxAhead: false })
    .keyBy('key')
    .window(tumbling(25))
  const collected = windows.aggregate(idsOf<Reading>(r => [r.id])).map(flat)
  collected.to(results)
  windows.late.to(late)
  if (chained) {
    collected
      .keyBy(r => (r.key < 'k2' ? 'low' : 'high'))
      .window(tumbling(50))
      .aggregate(idsOf<Result>(r => r.ids))
      .map(flat)
      .to(regrouped)
  }
  return { app, readings, results, regrouped, late }
}

function idsOf<T>(of: (element: T) => number[]) {
  return {
    create: (): number[] => [],
    add: (ids: number[], element: T) => [...ids, ...of(element)],
    merge: (into: number[], other: number[]) => [...into, ...other],
  }
}

function flat(result: { key: string; window: { start: number }; value: number[] }): Result {
  return { key: result.key, start: result.window.start, ids: result.value }
}

function assertOncePerWindow(results: readonly (Result | null)[]): void {
  const windows = results.map(result => `${result?.key} ${result?.start}`)
  assert.deepEqual(windows.toSorted(), [...new Set(windows)].sort())
}

function byNumber(a: number, b: number): number {
  return a - b
}
