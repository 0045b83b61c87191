/** The sending half of an exchange: finds each element's key, if it has one. Where it goes is for `next` to say. */
import { isKey, type Key } from '../codec/index.ts'
import { describeValue, StepError } from '../errors.ts'
import type { Context, KeySource } from '../graph/index.ts'
import { StepOperator, type StepParts } from './step-operator.ts'

/** Where a single element's key comes from. */
type OwnKey = Exclude<KeySource, { readonly kind: 'all' }>

const NO_RECORD_KEY =
  'keyBy: the record has no key; expected one, which its writer gives it: by keyedBy of the topic, or topic write with --key FIELD. Or key by a field or a function of the value'

/** Elements that go to all shards have no key. */
export class BroadcastOperator extends StepOperator {
  override call(): undefined {
    return undefined
  }

  override deliver(_result: unknown, value: unknown, context: Context): void {
    const above = context.key
    context.key = undefined
    this.next.push(value, context)
    context.key = above
  }
}

/** Sets the current key for everything below. */
export class KeyOperator extends StepOperator {
  readonly #key: OwnKey

  constructor(parts: StepParts, key: OwnKey) {
    super(parts)
    this.#key = key
  }

  override push(value: unknown, context: Context): void {
    if (this.isBusy && this.queued(value, context)) return
    let result: Key
    try {
      result = this.call(value, context)
    } catch (thrown) {
      return this.failedNow(thrown, value, context)
    }
    this.deliver(result, value, context)
  }

  override call(value: unknown, context: Context): Key {
    const key = this.#keyOf(value, context)
    if (typeof key === 'string' || isKey(key)) return key
    if (this.#key.kind === 'record' && key === undefined) throw new StepError('KEY_INVALID', NO_RECORD_KEY)
    throw new StepError('KEY_INVALID', `${this.#describe()} gave ${describeValue(key)}; ${expectation(key)}`)
  }

  override deliver(result: unknown, value: unknown, context: Context): void {
    const above = context.key
    context.key = result as Key
    this.next.push(value, context)
    context.key = above
  }

  #keyOf(value: unknown, context: Context): unknown {
    switch (this.#key.kind) {
      case 'field':
        return typeof value === 'object' && value !== null
          ? (value as Readonly<Record<string, unknown>>)[this.#key.field]
          : undefined
      case 'record':
        return context.recordKey
      case 'function':
        return this.#key.fn(value)
    }
  }

  #describe(): string {
    switch (this.#key.kind) {
      case 'field':
        return `keyBy: field ${JSON.stringify(this.#key.field)}`
      case 'record':
        return 'keyBy: the record’s key'
      case 'function':
        return 'keyBy: the function'
    }
  }
}

function expectation(key: unknown): string {
  if (key instanceof Promise) return 'a key function must not be asynchronous: use mapAsync before keyBy'
  return 'expected a string, finite number, boolean, bigint or a tuple of these'
}
