/** Reads an edge from outside of the graph. */
import { SluiceError, StepError } from '../../errors.ts'
import type { Context } from '../../graph/index.ts'
import type { Tap } from '../../operators/index.ts'
import type { Operator } from '../operator.ts'
import type { Scope } from '../scope.ts'

/** Hands elements to a tap; each one that it keeps is unfinished until it lets go. */
export class TapOperator implements Operator {
  readonly #tap: Tap
  readonly #scope: Scope

  constructor(tap: Tap, scope: Scope) {
    this.#tap = tap
    this.#scope = scope
  }

  push(value: unknown, context: Context): void {
    let kept: Promise<void> | void
    try {
      kept = this.#tap.push(value, context)
    } catch (thrown) {
      return this.#scope.fail(
        thrown instanceof SluiceError
          ? thrown
          : new StepError('STEP_FAILED', `a subscriber threw: ${String(thrown)}`, { cause: thrown }),
      )
    }
    if (kept === undefined) return
    const hold = this.#scope.keep()
    void kept.then(() => hold?.free())
  }

  advance(watermark: number): void {
    if (watermark === Number.POSITIVE_INFINITY) this.#tap.end()
  }
}
