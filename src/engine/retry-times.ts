/** Elements that wait for their next attempt, by when it is due. */
import { TimeHeap } from '../time/index.ts'
import { LinkedList } from './linked-list.ts'
import type { WaitingElement } from './waiting-line.ts'

/** The next attempts of the elements of one step. */
export class RetryTimes {
  readonly #times = new TimeHeap()
  /** Those due at the same time, in the order in which they failed. */
  readonly #elements = new Map<number, LinkedList<WaitingElement>>()

  /** When the first of them is due, on the monotonic clock; +∞ for none. */
  first(): number {
    return this.#times.first()
  }

  add(element: WaitingElement): void {
    const { retryAt } = element
    this.#times.push(retryAt)
    const elements = this.#elements.get(retryAt) ?? new LinkedList()
    this.#elements.set(retryAt, elements)
    elements.append(element)
  }

  /** Takes the first that is due; undefined for none. */
  take(now: number): WaitingElement | undefined {
    if (this.#times.first() > now) return undefined
    const at = this.#times.pop()
    const elements = this.#elements.get(at)
    const element = elements?.takeFirst()
    if (elements?.isEmpty === true) this.#elements.delete(at)
    return element
  }
}
