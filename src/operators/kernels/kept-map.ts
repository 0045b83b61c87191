/** Elements by key, in the order in which they are given out, with their reference counters. */
import { type Context, type KernelHost, type Refs, retainRefs } from '../../graph/index.ts'
import type { Wire } from '../../state/index.ts'
import { plainWire } from '../../state/index.ts'
import { identityOf } from '../identity.ts'
import { joinRefs } from './kept-refs.ts'
import { applyStamp, newStamp, type Stamp, stamp, stampFromState, stampToState } from './stamp.ts'

interface Kept {
  readonly value: unknown
  readonly refs: Refs | undefined
}

/** How an element is put in. */
export interface PutHow {
  readonly context: Context
  /** Which of two elements with the same key stays; the last one goes to the end. */
  readonly keep: 'first' | 'last'
}

/** Different elements that wait to be given out together. */
export class KeptMap {
  #kept = new Map<unknown, Kept>()
  readonly #stamp: Stamp

  constructor(times: Stamp = newStamp()) {
    this.#stamp = times
  }

  get size(): number {
    return this.#kept.size
  }

  /** Puts an element in, and gives the counters of the one whose place it took; they are the caller's to release. */
  put(key: unknown, value: unknown, { context, keep }: PutHow): Refs | undefined {
    const before = this.#kept.get(key)
    stamp(this.#stamp, context)
    if (before !== undefined && keep === 'first') return undefined
    this.#kept.delete(key)
    retainRefs(context.refs)
    this.#kept.set(key, { value, refs: context.refs })
    return before?.refs
  }

  /** Gives the context the times of the newest element. */
  enter(context: Context): void {
    applyStamp(this.#stamp, context)
  }

  /** Gives all elements out as one array, apart from the call where `done` is given, and forgets them. */
  give(host: KernelHost, context: Context, done?: () => void): boolean {
    const kept = [...this.#kept.values()]
    this.#kept = new Map()
    const values = kept.map(({ value }) => value)
    const refs = joinRefs(kept.map(each => each.refs))
    const above = context.refs
    context.refs = refs
    const isDone = done === undefined || host.emitApart(values, context, finish)
    if (done === undefined) host.emit(values, context)
    context.refs = above
    if (isDone) host.release(refs)
    return isDone

    function finish(): void {
      host.release(refs)
      done?.()
    }
  }

  toState(): unknown {
    return { items: [...this.#kept.values()].map(({ value }) => value), stamp: stampToState(this.#stamp) }
  }

  /** Takes back an element from state. */
  restore(key: unknown, value: unknown): void {
    this.#kept.set(key, { value, refs: undefined })
  }
}

/** How it is written: the elements in their order; keys are found anew. */
export function keptMapWire(keyOf: (value: unknown) => unknown): Wire<KeptMap> {
  return {
    encode: kept => kept.toState(),
    decode: given => {
      const { items, stamp: times } = stored.decode(given)
      const kept = new KeptMap(stampFromState(times))
      for (const value of items) kept.restore(identityOf(keyOf(value)), value)
      return kept
    },
  }
}

const stored: Wire<{ readonly items: readonly unknown[]; readonly stamp: readonly number[] }> = plainWire()
