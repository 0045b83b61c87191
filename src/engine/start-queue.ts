/**
 * Elements that have not been called yet, and which of them may be: all, or of each key the first one
 * whose predecessors of that key are done.
 */
import { KeyMap } from '../codec/index.ts'
import type { ElementOrder } from '../graph/index.ts'
import { LinkedList } from './linked-list.ts'
import type { WaitingElement } from './waiting-line.ts'

/** Who is called next. */
export class StartQueue {
  readonly #ready = new LinkedList<WaitingElement>()
  /** Of each key that has an element ready or under way: those behind it. */
  readonly #behind: KeyMap<LinkedList<WaitingElement>> | undefined

  constructor(order: ElementOrder) {
    this.#behind = order === 'key' ? new KeyMap() : undefined
  }

  /** The next that may be called. */
  get first(): WaitingElement | undefined {
    return this.#ready.first
  }

  add(element: WaitingElement): void {
    const { key } = element.context
    if (this.#behind === undefined || key === undefined) {
      this.#ready.append(element)
      return
    }
    const line = this.#behind.get(key)
    if (line !== undefined) {
      line.append(element)
      return
    }
    this.#behind.set(key, new LinkedList())
    this.#ready.append(element)
  }

  take(): WaitingElement | undefined {
    return this.#ready.takeFirst()
  }

  /** The element is done: it is the turn of the next one of its key. */
  done({ context: { key } }: WaitingElement): void {
    if (this.#behind === undefined || key === undefined) return
    const next = this.#behind.get(key)?.takeFirst()
    if (next === undefined) this.#behind.delete(key)
    else this.#ready.append(next)
  }
}
