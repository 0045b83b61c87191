/**
 * The reference counters of elements that a kernel keeps, in their order. Where no element has any,
 * which is usual, nothing is allocated.
 */
import { type Context, type RefCounter, type Refs, retainRefs } from '../../graph/index.ts'

/** Counters by position, beside a list of elements. */
export class KeptRefs {
  #refs: (Refs | undefined)[] | undefined

  /** Retains the counters of an element that is kept behind `before` others. */
  push(context: Context, before: number): void {
    const { refs } = context
    if (refs === undefined && this.#refs === undefined) return
    this.#refs ??= new Array<undefined>(before).fill(undefined)
    retainRefs(refs)
    this.#refs.push(refs)
  }

  /** The counters of all elements, one after the other. */
  all(): Refs | undefined {
    return this.#refs === undefined ? undefined : joinRefs(this.#refs)
  }

  /** Takes those of the first element; they are the caller's to release. */
  shift(): Refs | undefined {
    return this.#refs?.shift()
  }

  /** Takes those of all elements; they are the caller's to release. */
  take(): Refs | undefined {
    const all = this.all()
    this.#refs = undefined
    return all
  }
}

/** The counters of what is made of several elements. */
export function joinRefs(parts: readonly (Refs | undefined)[]): Refs | undefined {
  let refs: RefCounter[] | undefined
  for (const part of parts) {
    if (part === undefined) continue
    refs ??= []
    for (const ref of part) refs.push(ref)
  }
  return refs
}
