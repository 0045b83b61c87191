/** The clock of Node. */
import { type Clock, timerClock } from './clock.ts'

/** The same on Node, where a turn of the event loop is cheap. */
export const systemClock: Clock = {
  ...timerClock,
  yield: () => new Promise(resolve => setImmediate(resolve)),
}
