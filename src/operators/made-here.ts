/** The place of elements that a step makes by itself, as at the end of a window or by a timer. */
import { hashOfKey, type Key } from '../codec/index.ts'
import type { Context, KernelHost, Origin } from '../graph/index.ts'

/** Gives elements places by step, task and key: so those of equal time come in one order, whichever was faster. */
export class MadeHere {
  readonly #origin: Origin
  readonly #index: number

  constructor(host: KernelHost) {
    this.#origin = { topic: '', partition: host.task }
    this.#index = hashOfKey(host.id) & 0xffff
  }

  /** Makes the context that of an element of this key and time. */
  enter(key: Key | undefined, time: number, context: Context): void {
    context.time = time
    context.timestamp = time
    context.key = key
    context.origin = this.#origin
    context.offset = key === undefined ? 0 : hashOfKey(key)
    context.index = this.#index
  }
}
