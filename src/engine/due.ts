/** When the timers below a source of watermarks want to hear of them next. */

/** A target that watermarks below it are of no interest to anybody. */
export class Due {
  /** Watermarks below this need not be told; −∞ at first, so that the first one is. */
  at: number = Number.NEGATIVE_INFINITY

  wakeAt(time: number): void {
    if (time < this.at) this.at = time
  }
}
