/** An exchange within one worker: a call instead of a topic, with the same channels. */
import { ByteWriter, msgpack, shardOfKey } from '../codec/index.ts'
import { InternalError } from '../errors.ts'
import type { Context } from '../graph/index.ts'
import type { ExchangeEntrance } from './exchange-entrance.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'

/**
 * So many elements of each task are written as if they went to another process, so that a value that
 * cannot travel is refused with one worker as it would be with two.
 */
const CHECKED_ELEMENTS = 32

const values = msgpack<unknown>()

/** What a sender is made of. */
export interface MemorySenderParts {
  readonly channel: number
  /** Whether each element goes to every shard, and not to that of its key. */
  readonly toAll: boolean
  readonly shards: readonly ExchangeEntrance[]
  readonly failures: FailureHandler
}

/** Sends the elements of one task to the tasks of all shards. */
export class MemorySender implements Operator {
  readonly #channel: number
  readonly #toAll: boolean
  readonly #shards: readonly ExchangeEntrance[]
  readonly #failures: FailureHandler
  #unchecked = CHECKED_ELEMENTS

  constructor({ channel, toAll, shards, failures }: MemorySenderParts) {
    this.#channel = channel
    this.#toAll = toAll
    this.#shards = shards
    this.#failures = failures
  }

  push(value: unknown, context: Context): void {
    if (this.#toAll) return this.#pushToAll(value, context)
    if (context.key === undefined) throw new InternalError('an element without a key reached an exchange')
    if (this.#unchecked > 0 && !this.#mayTravel(value, context)) return
    this.#shards[shardOfKey(context.key, this.#shards.length)]?.next.push(value, context)
  }

  #pushToAll(value: unknown, context: Context): void {
    if (this.#unchecked > 0 && !this.#mayTravel(value, context)) return
    for (const shard of this.#shards) shard.next.push(value, context)
  }

  #mayTravel(value: unknown, context: Context): boolean {
    this.#unchecked--
    try {
      values.encode(value, new ByteWriter())
      return true
    } catch (thrown) {
      this.#failures.handle(thrown, value, context)
      return false
    }
  }

  advance(watermark: number, idle: boolean): void {
    for (const shard of this.#shards) shard.advance(this.#channel, watermark, idle)
  }
}
