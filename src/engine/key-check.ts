/** Finds keys that came by a partition where they do not belong. */
import { shardOfKey } from '../codec/index.ts'
import { describeValue, StepError } from '../errors.ts'
import type { Context } from '../graph/index.ts'

/** Throws `KEY_MISPLACED` for elements whose key does not belong to this shard. */
export function keyCheck(shard: number, shards: number): (context: Context) => void {
  return ({ key }) => {
    if (key === undefined) return
    const its = shardOfKey(key, shards)
    if (its === shard) return
    throw new StepError(
      'KEY_MISPLACED',
      `key ${describeValue(key)} belongs to shard ${its} of ${shards}, but came by partition ${shard}: the topic was written with another partitioner or key than its keyedBy says; write it with Kafka’s default partitioner (murmur2), or leave keyedBy out`,
    )
  }
}
