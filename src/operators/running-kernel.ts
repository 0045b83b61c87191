/** Running aggregates: a fold per key over all elements so far, with a result for each element. */
import type { Context, Kernel, KernelFactory, KernelHost } from '../graph/index.ts'
import type { MemoryCell } from '../state/index.ts'
import { type Fold, guardedAdd } from './folds/index.ts'
import { keyOf } from './key-of.ts'

/** A result of a running aggregate: it replaces the one before for the same key. */
export interface KeyedResult<K, V> {
  readonly key: K
  readonly value: V
}

/** The kernel factory for a running fold. */
export function runningKernel<In, Acc, Out>(fold: Fold<In, Acc, Out>): KernelFactory {
  return {
    fingerprint: `running ${fold.fingerprint}`,
    open: host => new RunningKernel(fold, host),
  }
}

class RunningKernel<Acc, Out> implements Kernel {
  readonly #fold: Fold<unknown, Acc, Out>
  readonly #host: KernelHost
  readonly #cell: MemoryCell<Acc>

  constructor(fold: Fold<unknown, Acc, Out>, host: KernelHost) {
    this.#fold = fold
    this.#host = host
    this.#cell = host.state.keyed('running', fold.wire)
  }

  push(value: unknown, context: Context): void {
    const key = keyOf(context)
    const entry = this.#cell.get(0, key)
    const accumulator = this.#next(entry?.value, value, context)
    const result = this.#fold.result(accumulator)
    if (entry === undefined) {
      this.#host.checkKey(context)
      this.#cell.create(0, key, accumulator)
    } else {
      entry.value = accumulator
      this.#cell.touch(entry)
    }
    this.#host.emit({ key, value: result } satisfies KeyedResult<unknown, Out>, context)
  }

  due(): number {
    return Number.POSITIVE_INFINITY
  }

  advance(): void {
    // Nothing waits for time here.
  }

  #next(before: Acc | undefined, element: unknown, place: Context): Acc {
    if (before === undefined) return this.#fold.add(this.#fold.create(), element, place)
    return this.#host.guarded
      ? guardedAdd(this.#fold, before, { element, place })
      : this.#fold.add(before, element, place)
  }
}
