/**
 * A list from which anything can be taken out, wherever it stands, at the same cost: what waits at a
 * step leaves from the middle too, and there may be many of them.
 */

/** One place in a list. */
export interface Link<T> {
  readonly value: T
  previous: Link<T> | undefined
  next: Link<T> | undefined
}

/** Values in the order in which they were appended. */
export class LinkedList<T> {
  #first: Link<T> | undefined
  #last: Link<T> | undefined

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  get first(): T | undefined {
    return this.#first?.value
  }

  get last(): T | undefined {
    return this.#last?.value
  }

  /** Gives the place, by which the value can be removed: once, as places do not know their list. */
  append(value: T): Link<T> {
    const link = { value, previous: this.#last, next: undefined }
    if (this.#last === undefined) this.#first = link
    else this.#last.next = link
    this.#last = link
    return link
  }

  remove(link: Link<T>): void {
    const { previous, next } = link
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
  }

  takeFirst(): T | undefined {
    const link = this.#first
    if (link !== undefined) this.remove(link)
    return link?.value
  }

  clear(): void {
    this.#first = undefined
    this.#last = undefined
  }

  *[Symbol.iterator](): Generator<T> {
    for (let link = this.#first; link !== undefined; link = link.next) yield link.value
  }
}
