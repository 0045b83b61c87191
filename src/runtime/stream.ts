/** Live streams with what only Node has: pools of workers, and a REPL. */
import { scatterOver } from '../operators/index.ts'
import { Stream as LiveStream, type StreamOptions } from './live/index.ts'
import { openPool } from './pool/pool.ts'
import { showLive } from './show-live.ts'

/**
 * A live stream: elements that are emitted go through the operators at once, in this process, with
 * nothing stored.
 *
 * ```ts run
 * import { Stream } from 'sluice'
 *
 * const numbers = new Stream<number>()
 * const sums = numbers
 *   .map(n => n + 1)
 *   .filter(n => n % 2 === 0)
 *   .scan((sum, n) => sum + n, 0)
 *   .toArray()
 * for (const n of [1, 2, 3, 4, 5]) numbers.emit(n)
 * console.log(sums)
 * ```
 *
 * ```text output
 * [ 2, 6, 12 ]
 * ```
 */
export class Stream<out T> extends LiveStream<T> {
  constructor(options: StreamOptions = {}) {
    super(options, { scatter: scatterOver(openPool), show: showLive })
  }
}
