/** Plays one scenario and compares. */
import { compare } from './compare.ts'
import { Stage } from './happenings.ts'
import { checkLaws } from './laws.ts'
import type { Scenario } from './scenario.ts'

/** Lets everything happen and compares with the reference; gives what happened, turn by turn. */
export async function simulate(scenario: Scenario): Promise<readonly string[]> {
  const stage = new Stage(scenario)
  for (const happening of scenario.happenings) await stage.perform(happening)
  await stage.end()
  await compare(stage.driver, stage.program, stage.built)
  if (scenario.lawsOnly) await checkLaws(stage.driver, stage.program, stage.built, stage)
  return stage.trace
}
