/** How windows give their results, whatever their kind: when, and what is taken back. */
import type { Key } from '../../codec/index.ts'
import type { Context, KernelHost } from '../../graph/index.ts'
import type { Fold } from '../folds/index.ts'
import { MadeHere } from '../made-here.ts'
import { type Change, removed } from '../tables/change.ts'
import { type Window, type WindowResult, windowKey } from './window.ts'
import { isPlain, type WindowRules } from './windows.ts'

/** What is remembered of a window that may give several results; as msgpack can carry it. */
export interface Given {
  /** How many elements came since the last result. */
  since: number
  /** The last result, where it may have to be taken back. */
  last: unknown
  /** Whether there was a result. */
  hasGiven: boolean
}

/** What follows from an element that was added. */
export type AfterAdd = 'nothing' | 'give' | 'giveAndPurge'

/** A window that has not given anything. */
export function nothingGiven(): Given {
  return { since: 0, last: undefined, hasGiven: false }
}

/** A window of one key, with its contents. */
export interface Contents<Acc> {
  readonly key: Key
  readonly window: Window
  readonly accumulator: Acc
}

/** Gives results of windows. */
export class WindowOutput<Acc> {
  readonly rules: WindowRules
  readonly #fold: Fold<unknown, Acc, unknown>
  readonly #host: KernelHost
  readonly #made: MadeHere

  constructor(fold: Fold<unknown, Acc, unknown>, rules: WindowRules, host: KernelHost) {
    this.#fold = fold
    this.rules = rules
    this.#host = host
    this.#made = new MadeHere(host)
  }

  /** Whether windows have to remember what they gave. */
  get remembers(): boolean {
    const { retracts, emission } = this.rules
    return emission.kind === 'count' || (retracts && !isPlain(this.rules))
  }

  /** Says what follows from an element that was added to a window, which may have been passed already. */
  afterAdd(isPassed: boolean, given: Given | undefined): AfterAdd {
    const { emission } = this.rules
    if (emission.kind !== 'count') return isPassed || emission.kind === 'update' ? 'give' : 'nothing'
    if (given === undefined) return 'nothing'
    given.since++
    if (given.since < emission.count) return 'nothing'
    given.since = 0
    return emission.purge ? 'giveAndPurge' : 'give'
  }

  /** Gives a result while an element is pushed, whose context is left as it was. */
  giveWithin(contents: Contents<Acc>, given: Given | undefined, context: Context): void {
    leavingAsIs(context, () => this.give(contents, given, context))
  }

  /** Gives the result of a window: its time is the last of the window. */
  give({ key, window, accumulator }: Contents<Acc>, given: Given | undefined, context: Context): void {
    const { entryWatermark } = context
    this.#enter(key, window, context)
    let value: unknown
    try {
      value = this.#fold.result(accumulator)
    } catch (thrown) {
      return this.#host.failed(thrown, { key, window, value: this.#fold.wire.encode(accumulator) }, context)
    }
    context.entryWatermark = Math.max(context.time - 1, entryWatermark)
    this.#replace({ key, window, value }, given, context)
  }

  /** Takes a result back that is replaced by one of another window, while an element is pushed. */
  takeBack(key: Key, window: Window, { given, context }: { given: Given; context: Context }): void {
    if (!this.rules.retracts || !given.hasGiven) return
    leavingAsIs(context, () => {
      const { entryWatermark } = context
      this.#enter(key, window, context)
      context.entryWatermark = Math.max(context.time - 1, entryWatermark)
      this.#host.emit(removed({ key, window, value: given.last }), context)
    })
  }

  #replace(result: WindowResult<Key, unknown>, given: Given | undefined, context: Context): void {
    if (!this.rules.retracts) {
      if (given !== undefined) given.hasGiven = true
      return this.#host.emit(result, context)
    }
    const before = given?.hasGiven === true ? { ...result, value: given.last } : null
    if (given !== undefined) {
      given.hasGiven = true
      // What later elements would change is copied: it must be taken back as it was.
      given.last = this.#fold.mutates ? structuredClone(result.value) : result.value
    }
    this.#host.emit({ before, after: result } satisfies Change<WindowResult<Key, unknown>>, context)
  }

  #enter(key: Key, window: Window, context: Context): void {
    this.#made.enter(key, Math.min(Math.max(window.end - 1, -MAX_TIME), MAX_TIME), context)
    if (this.rules.retracts) context.key = windowKey(key, window)
  }
}

/** The time of a result whose window has no end. */
const MAX_TIME = 2 ** 51

function leavingAsIs(context: Context, body: () => void): void {
  const { time, timestamp, entryWatermark, key, origin, offset, index } = context
  body()
  context.time = time
  context.timestamp = timestamp
  context.entryWatermark = entryWatermark
  context.key = key
  context.origin = origin
  context.offset = offset
  context.index = index
}
