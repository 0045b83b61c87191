/** An exchange within one worker: a call instead of a topic, with the same channels. */
import { shardOfKey } from '../codec/index.ts'
import { InternalError } from '../errors.ts'
import type { Context } from '../graph/index.ts'
import type { ExchangeEntrance } from './exchange-entrance.ts'
import type { Operator } from './operator.ts'

/** Sends the elements of one task to the tasks of all shards. */
export class MemorySender implements Operator {
  readonly #channel: number
  readonly #shards: readonly ExchangeEntrance[]

  constructor(channel: number, shards: readonly ExchangeEntrance[]) {
    this.#channel = channel
    this.#shards = shards
  }

  push(value: unknown, context: Context): void {
    if (context.key === undefined) throw new InternalError('an element without a key reached an exchange')
    this.#shards[shardOfKey(context.key, this.#shards.length)]?.next.push(value, context)
  }

  advance(watermark: number, idle: boolean): void {
    for (const shard of this.#shards) shard.advanceInMemory(this.#channel, watermark, idle)
  }
}
