/**
 * The same answer for any program, input, schedule, crash, refusal, take-over and number of workers: that
 * of the plain reference, each result exactly once.
 */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import { propertyOptions } from '../properties/seed.ts'
import { scenarios } from './scenario.ts'
import { simulate } from './simulate.ts'

test('whatever happens, a random program gives what the reference gives', async (t: TestContext) => {
  const property = fc.asyncProperty(scenarios, async scenario => void (await simulate(scenario)))
  await fc.assert(property, propertyOptions(t, 300))
})

test('the same scenario happens the same way, turn by turn', async (t: TestContext) => {
  const property = fc.asyncProperty(scenarios, async scenario => {
    assert.deepEqual(await simulate(scenario), await simulate(scenario))
  })
  await fc.assert(property, propertyOptions(t, 20))
})
