/** Plays one scenario and compares. */
import { TestDriver } from 'sluice/testing'
import { build } from './build.ts'
import { compare } from './compare.ts'
import { Stage } from './happenings.ts'
import { checkLaws } from './laws.ts'
import { resolve } from './program.ts'
import type { Scenario } from './scenario.ts'

/** Lets everything happen and compares with the reference; gives what happened, turn by turn. */
export async function simulate(scenario: Scenario): Promise<readonly string[]> {
  const program = resolve(scenario.program, scenario)
  const hooks = { turn: async (): Promise<void> => {} }
  const built = build(program, () => hooks.turn())
  const driver = new TestDriver(built.app, { limits: scenario.limits })
  hooks.turn = () => driver.turn()
  const stage = new Stage(driver, built, {
    scale: scenario.scale,
    keyed: program.topics.map(topic => topic.keyed),
    timeMayPass: !program.usesRecordTime,
  })
  for (const happening of scenario.happenings) await stage.perform(happening)
  await stage.end()
  await compare(driver, program, built)
  if (scenario.lawsOnly) await checkLaws(driver, program, built, stage)
  return [...driver.trace]
}
