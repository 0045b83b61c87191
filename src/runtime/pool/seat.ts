/** One place for a worker: the worker, what it has learnt, and the call that it has in hand. */
import type { Clock } from '../../time/index.ts'
import type { PoolCall } from './pool-call.ts'
import type { ToPoolWorker } from './pool-messages.ts'
import type { PoolWorker } from './pool-worker.ts'

/** A worker at work. */
export class Seat {
  readonly number: number
  readonly worker: PoolWorker
  call: PoolCall | undefined
  readonly #clock: Clock
  /** The functions that it has loaded. */
  readonly #known = new Set<number>()
  #timer: AbortController | undefined
  #isHeld = false

  constructor(number: number, worker: PoolWorker, clock: Clock) {
    this.number = number
    this.worker = worker
    this.#clock = clock
  }

  /** Hands a call over, and says whether its function must be loaded first; throws when it cannot be copied. */
  begin(call: PoolCall, fn: number): { readonly loads: boolean } {
    const loads = !this.#known.has(fn)
    const message: ToPoolWorker = { call: call.id, fn, args: call.args }
    const { module, name } = call.fn
    this.worker.send(loads ? { ...message, load: { module, name } } : message)
    this.call = call
    call.attempts++
    if (loads) this.#known.add(fn)
    if (!this.#isHeld) this.worker.hold()
    this.#isHeld = true
    return { loads }
  }

  /** The call that it had, which it has no more. */
  end(): PoolCall | undefined {
    const { call } = this
    this.call = undefined
    this.#timer?.abort()
    this.#timer = undefined
    return call
  }

  /** With nothing to do, it keeps the process alive no more. */
  rest(): void {
    if (this.call !== undefined || !this.#isHeld) return
    this.#isHeld = false
    this.worker.release()
  }

  /** Calls `late` unless the call has ended, or is given another time, before. */
  limit(ms: number, late: () => void): void {
    this.#timer?.abort()
    const timer = new AbortController()
    this.#timer = timer
    void this.#clock.sleep(ms, timer.signal).then(() => {
      if (!timer.signal.aborted) late()
    })
  }
}
