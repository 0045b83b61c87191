/** Lets others go first where there are not CPUs enough for all. */
import { constants, setPriority } from 'node:os'

/** The word by which a process is told to. */
export const STEPS_BACK = 'steps-back'

/** This process, and all that it starts, steps back. */
export function stepBackAsProcess(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
}

/** This thread steps back. Only Linux knows priorities of threads; elsewhere it would be the whole process. */
export function stepBackAsThread(): void {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
}
