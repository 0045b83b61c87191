/** The simulation for as long as it takes to meet what is rare. */
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import { propertyOptions } from '../properties/seed.ts'
import { scenarios } from '../simulation/scenario.ts'
import { simulate } from '../simulation/simulate.ts'

test('whatever happens, a random program gives what the reference gives, ten thousand times', async (t: TestContext) => {
  const property = fc.asyncProperty(scenarios, async scenario => void (await simulate(scenario)))
  await fc.assert(property, propertyOptions(t, 10_000))
})
