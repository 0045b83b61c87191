/**
 * Rows of something outside, asked for by key: as `mapAsync`, with rows kept for a while, and one call for
 * elements that ask for the same key at the same time.
 *
 * What is kept belongs to one task, is no state, and is asked for anew after a restart.
 */
import { isKey, type Key } from '../../codec/index.ts'
import { describeValue, GraphError, StepError, wholeNumber } from '../../errors.ts'
import type { AsyncCall, AsyncHost } from '../../graph/index.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import type { MapAsyncOptions } from '../async-options.ts'
import { checkFunction, checkOptions } from '../check-options.ts'
import { identityOf } from '../identity.ts'
import { checkHow, type Joined } from './how.ts'

/** Which elements come out of a lookup. */
export type LookupHow = 'inner' | 'left'

/** How many rows are kept, and for how long. */
export interface LookupCache {
  /** So many rows at most, in each task; those go first that were not asked for the longest. */
  readonly entries: number
  /** A row is asked for again when it is older than this, by the clock; so is the answer that there is none. */
  readonly ttl: Duration
}

/** Options of `lookup`: those of `mapAsync`, and these. */
export interface LookupOptions<T, K extends Key, H extends LookupHow = 'inner'> extends MapAsyncOptions {
  /** The key to ask for; undefined or null: there is no row, and nobody is asked. */
  readonly key: (value: T) => K | undefined | null
  /** `'inner'`, the default: elements without a row are left out; `'left'`: they come out, with `right` undefined. */
  readonly how?: H
  /** Keeps rows, and that there is none; without it each element asks. Failures are not kept. */
  readonly cache?: LookupCache
}

/** An element with its row; there may be none, or no key, where elements without a row come out too. */
export type LookupRow<H extends LookupHow, K, L, R> = H extends 'left'
  ? Joined<K | undefined, L, R | undefined>
  : Joined<K, L, R>

/** All of them. */
export const OPTIONS_OF_LOOKUP: readonly string[] = Object.keys({
  key: true,
  how: true,
  cache: true,
  concurrency: true,
  capacity: true,
  order: true,
  timeout: true,
  breaker: true,
  id: true,
  onError: true,
} satisfies Record<keyof LookupOptions<never, Key>, true>)

/** What a lookup step is made of. */
export interface LookupRules {
  readonly fn: (key: never, call: AsyncCall) => unknown
  readonly key: (value: unknown) => unknown
  readonly how: LookupHow
  readonly cache: { readonly entries: number; readonly ttlMs: number } | undefined
}

/** Checks what was given. Throws `OPTION_INVALID`. */
export function lookupRules(
  fn: (key: never, call: AsyncCall) => unknown,
  { key, how = 'inner', cache }: Pick<LookupOptions<never, Key, LookupHow>, 'key' | 'how' | 'cache'>,
): LookupRules {
  checkFunction(fn, 'lookup')
  if (typeof key !== 'function') {
    throw new GraphError(
      'OPTION_INVALID',
      `lookup: key is ${describeValue(key)}; expected a function that gives the key to ask for, such as e => e.user`,
    )
  }
  const rules = {
    fn,
    key: key as (value: unknown) => unknown,
    how: checkHow(how, ['inner', 'left'], 'lookup'),
  }
  if (cache === undefined) return { ...rules, cache }
  checkOptions(cache, ['entries', 'ttl'], 'lookup: cache')
  const entries = wholeNumber(cache.entries, 'lookup: cache: entries')
  return { ...rules, cache: { entries, ttlMs: positiveDurationMs(cache.ttl, 'lookup: cache: ttl') } }
}

/** Makes the function of one task: a joined element, or undefined for one that is left out. */
export function lookupFunction(
  rules: LookupRules,
): (host: AsyncHost) => (value: unknown, call: AsyncCall) => Promise<unknown> {
  return host => {
    const rows = new Rows(rules, host)
    return async (left, call) => {
      const key = keyOfElement(rules, left)
      const right = key === undefined ? undefined : await rows.get(key, call)
      if (right === undefined && rules.how === 'inner') return undefined
      return { key, left, right } satisfies Joined<unknown, unknown, unknown>
    }
  }
}

interface Row {
  readonly row: unknown
  readonly until: number
}

interface UnderWay {
  readonly row: Promise<unknown>
  readonly signal: AbortSignal
}

/** Rows by key: those that are kept, and those that somebody has asked for. */
class Rows {
  readonly #rules: LookupRules
  readonly #host: AsyncHost
  /** The one that was not asked for the longest is the first. */
  readonly #kept = new Map<unknown, Row>()
  readonly #underWay = new Map<unknown, UnderWay>()

  constructor(rules: LookupRules, host: AsyncHost) {
    this.#rules = rules
    this.#host = host
  }

  async get(key: Key, call: AsyncCall): Promise<unknown> {
    const id = identityOf(key)
    for (;;) {
      const kept = this.#fresh(id)
      if (kept !== undefined) return kept.row
      const other = this.#underWay.get(id)
      if (other === undefined) return this.#ask(id, key, call)
      try {
        return await other.row
      } catch (thrown) {
        // Nobody waits for that call any more, and this element still does.
        if (!other.signal.aborted || call.signal.aborted) throw thrown
      }
    }
  }

  #fresh(id: unknown): Row | undefined {
    const kept = this.#kept.get(id)
    if (kept === undefined) return undefined
    this.#kept.delete(id)
    if (kept.until <= this.#host.monotonic()) return undefined
    this.#kept.set(id, kept)
    return kept
  }

  async #ask(id: unknown, key: Key, call: AsyncCall): Promise<unknown> {
    const row = this.#call(id, key, call)
    const underWay = { row, signal: call.signal }
    this.#underWay.set(id, underWay)
    try {
      return await row
    } finally {
      if (this.#underWay.get(id) === underWay) this.#underWay.delete(id)
    }
  }

  async #call(id: unknown, key: Key, call: AsyncCall): Promise<unknown> {
    // It is what `key` gave, whose type the options say.
    const row = (await this.#rules.fn(key as never, call)) ?? undefined
    const { cache } = this.#rules
    if (cache !== undefined) {
      this.#kept.delete(id)
      this.#kept.set(id, { row, until: this.#host.monotonic() + cache.ttlMs })
      const [oldest] = this.#kept.keys()
      if (this.#kept.size > cache.entries) this.#kept.delete(oldest)
    }
    return row
  }
}

function keyOfElement({ key: keyOf }: LookupRules, value: unknown): Key | undefined {
  const key = keyOf(value)
  if (key === undefined || key === null) return undefined
  if (isKey(key)) return key
  throw new StepError(
    'KEY_INVALID',
    `lookup: key gave ${describeValue(key)}; expected a string, finite number, boolean, bigint or a tuple of these, or undefined for none`,
  )
}
