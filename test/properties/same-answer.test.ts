/**
 * The same answer for any batching, interleaving, number of workers, restart and crash: that of the
 * plain reference, each result exactly once.
 */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import { TestDriver } from '../../src/testing/index.ts'
import {
  buildProgram,
  GROUP_FACTOR,
  groupOf,
  otherBoundMs,
  referenceRecords,
  type ShapeProgram,
} from './program.ts'
import { sumsOfSums, windowedSums } from './reference.ts'
import { type Phase, type Reading, type Scenario, scenarios } from './scenario.ts'
import { propertyOptions } from './seed.ts'

test('on-time results and late sets are those of the reference, whatever happens on the way', async (t: TestContext) => {
  await fc.assert(fc.asyncProperty(scenarios, check), propertyOptions(t, 400))
})

async function check(scenario: Scenario): Promise<void> {
  const { shape, phases, drains, seed } = scenario
  const program = buildProgram(shape)
  const driver = new TestDriver(program.app, { seed })
  const feed = feeder(driver, program, scenario)
  for (const phase of phases) {
    await feed(phase)
    if (phase.crash !== undefined) driver.crashAt(phase.crash)
    if (phase.live) await live(driver, phase)
    else await driver.run({ workers: phase.workers })
  }
  for (const { workers, crash } of drains) {
    if (crash !== undefined) driver.crashAt(crash)
    await driver.drain({ workers })
  }
  while ((await driver.drain()) === 'crashed');
  await compare(driver, program, scenario)
}

/** Runs live for a while, then dies or stops. */
async function live(driver: TestDriver, phase: Phase): Promise<void> {
  await driver.start({ workers: phase.workers })
  if (phase.batches.length % 2 === 0) await driver.crash()
  else await driver.stop()
}

/** Gives readings their ids and times as they are fed. */
function feeder(
  driver: TestDriver,
  program: ShapeProgram,
  { shape }: Scenario,
): (phase: Phase) => Promise<void> {
  let id = 0
  let now = 1000
  return async ({ batches }) => {
    for (const { topic, readings } of batches) {
      if (topic === 1 && !shape.merged) continue
      const keyed = topic === 0 && shape.keying.startsWith('keyed')
      const records = readings.map(({ key, partition, stepMs, delayMs, value }) => {
        now += stepMs
        const reading = { id: ++id, key: `k${key}`, time: now - delayMs, value }
        return { value: reading, ...(keyed ? {} : { partition: partition % shape.partitions[topic] }) }
      })
      await driver.feedRecords(program.inputs[topic], records)
    }
  }
}

async function compare(driver: TestDriver, program: ShapeProgram, { shape }: Scenario): Promise<void> {
  const partitions = [
    ...(await partitionsOf(driver, program, 0, shape)),
    ...(shape.merged ? await partitionsOf(driver, program, 1, shape) : []),
  ]
  const { results, late } = windowedSums(partitions, shape.sizeMs)
  assert.deepEqual(sorted(await driver.values(program.sums)), sorted(results))
  if (shape.late) {
    const found = (await driver.values(program.late)).map(reading => reading?.id)
    assert.deepEqual(sorted(found), sorted(late))
  }
  if (shape.chained) {
    const groups = sumsOfSums(results, shape.sizeMs, shape.sizeMs * GROUP_FACTOR, groupOf)
    assert.deepEqual(sorted(await driver.values(program.groups)), sorted(groups))
  }
}

async function partitionsOf(
  driver: TestDriver,
  program: ShapeProgram,
  topic: 0 | 1,
  shape: Scenario['shape'],
) {
  const records = await driver.read(program.inputs[topic])
  const boundMs = topic === 0 ? shape.boundMs : otherBoundMs(shape)
  return Array.from({ length: shape.partitions[topic] }, (_, partition) => ({
    boundMs,
    records: records
      .filter(record => record.partition === partition)
      .flatMap(record => referenceRecords(shape, record.value as Reading)),
  }))
}

function sorted(results: readonly unknown[]): readonly string[] {
  return results.map(result => JSON.stringify(result)).sort()
}
