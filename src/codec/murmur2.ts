/**
 * The hash that decides which shard a key belongs to: murmur2 exactly as Kafka's default partitioner
 * computes it, so that a topic written by any Kafka client with that partitioner is partitioned the
 * way we expect.
 *
 * Follows `org.apache.kafka.common.utils.Utils.murmur2` and `BuiltInPartitioner.partitionForKey`.
 */

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** Kafka's murmur2 of `bytes`: a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const whole = length & ~3
  let hash = SEED ^ length
  for (let at = 0; at < whole; at += 4) {
    hash = mix(
      hash,
      byteAt(bytes, at) |
        (byteAt(bytes, at + 1) << 8) |
        (byteAt(bytes, at + 2) << 16) |
        (byteAt(bytes, at + 3) << 24),
    )
  }
  let tail = 0
  for (let at = length - 1; at >= whole; at--) tail = (tail << 8) | byteAt(bytes, at)
  return finish(hash, tail, length)
}

/**
 * `murmur2` of the UTF-8 bytes of `text` without making them, or `undefined` when the text is not
 * plain ASCII and so has to be turned into bytes first.
 */
export function murmur2OfAscii(text: string): number | undefined {
  const length = text.length
  const whole = length & ~3
  let hash = SEED ^ length
  let seen = 0
  for (let at = 0; at < whole; at += 4) {
    const a = text.charCodeAt(at)
    const b = text.charCodeAt(at + 1)
    const c = text.charCodeAt(at + 2)
    const d = text.charCodeAt(at + 3)
    seen |= a | b | c | d
    hash = mix(hash, a | (b << 8) | (c << 16) | (d << 24))
  }
  let tail = 0
  for (let at = length - 1; at >= whole; at--) {
    const code = text.charCodeAt(at)
    seen |= code
    tail = (tail << 8) | code
  }
  return seen > 0x7f ? undefined : finish(hash, tail, length)
}

/** The shard of a key with these bytes, among `shards`: 0 ≤ shard < `shards`. */
export function shardOf(keyBytes: Uint8Array, shards: number): number {
  return shardOfHash(murmur2(keyBytes), shards)
}

/** The shard of a key with this murmur2 hash, among `shards`. */
export function shardOfHash(hash: number, shards: number): number {
  return (hash & 0x7fffffff) % shards
}

function mix(hash: number, word: number): number {
  let bits = Math.imul(word, MULTIPLIER)
  bits = Math.imul(bits ^ (bits >>> 24), MULTIPLIER)
  return Math.imul(hash, MULTIPLIER) ^ bits
}

function finish(mixed: number, tail: number, length: number): number {
  let hash = (length & 3) === 0 ? mixed : Math.imul(mixed ^ tail, MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}
