/** Where event time begins in a live graph: one lane for everything above. */
import { Due, type StepParts, type Waiter, WatermarkOperator } from '../../engine/index.ts'
import type { TimeSpec } from '../../graph/index.ts'

/** A time step that ends with its input, and wakes itself where time is the clock's. */
export class LiveTime extends WatermarkOperator {
  override readonly due: Due
  readonly #ticker: Waiter

  constructor(id: string, spec: TimeSpec, parts: StepParts) {
    super(id, spec.timeOf ?? 'clock', spec, [0], parts)
    const { scope } = parts
    this.due = new WakingDue(scope.wake)
    this.#ticker = {
      resume: () => this.tick(),
      resumeAt: () =>
        this.due.at < Number.POSITIVE_INFINITY
          ? scope.clock.monotonic() + this.due.at + 1 - scope.processingTime.now()
          : Number.POSITIVE_INFINITY,
    }
    if (spec.timeOf === undefined) scope.waiters.add(this.#ticker)
  }

  override advance(watermark: number = Number.NEGATIVE_INFINITY): void {
    if (watermark < Number.POSITIVE_INFINITY) return
    for (const lane of this.lanes) {
      lane.ended = true
      this.laneChanged(lane)
    }
    this.close()
  }

  close(): void {
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
    if (time >= this.at) return
    super.wakeAt(time)
    this.#wake()
  }
}
