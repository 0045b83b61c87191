/** Where event time begins in a live graph: one lane for everything above. */
import type { TimeSpec } from '../../graph/index.ts'
import { Due } from '../due.ts'
import type { Waiter } from '../scope.ts'
import type { StepParts } from '../step-operator.ts'
import { WatermarkOperator } from '../watermark-operator.ts'

/** A time step that ends with its input, and wakes itself where time is the clock's. */
export class OwnTime extends WatermarkOperator {
  override readonly due: Due
  readonly #ticker: Waiter

  constructor(id: string, spec: TimeSpec, parts: StepParts) {
    super(id, spec.timeOf, spec, [0], parts)
    const { scope } = parts
    this.due = new WakingDue(scope.wake)
    this.#ticker = {
      resume: () => this.tick(),
      resumeAt: () =>
        this.due.at < Number.POSITIVE_INFINITY
          ? scope.clock.monotonic() + this.due.at + 1 - scope.processingTime.now()
          : Number.POSITIVE_INFINITY,
    }
    if (spec.timeOf === 'clock') scope.waiters.add(this.#ticker)
  }

  override advance(watermark: number = Number.NEGATIVE_INFINITY): void {
    if (watermark < Number.POSITIVE_INFINITY) return
    for (const lane of this.lanes) {
      lane.ended = true
      this.laneChanged(lane)
    }
    this.close()
  }

  override close(): void {
    super.close()
    this.scope.waiters.delete(this.#ticker)
    this.scope.wake()
  }
}

class WakingDue extends Due {
  readonly #wake: () => void

  constructor(wake: () => void) {
    super()
    this.#wake = wake
  }

  override wakeAt(time: number): void {
    // Where nothing was told yet, as on a stream that is silent, this says for the first time that somebody waits.
    if (time >= this.at && this.at > Number.NEGATIVE_INFINITY) return
    super.wakeAt(time)
    this.#wake()
  }
}
