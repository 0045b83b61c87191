/** One compaction of one partition, in steps: first the keys are collected, then batches are rewritten. */
import type { CleanableLog, CleanerHost } from './cleaner.ts'
import { compactBatches, KeyOffsets } from './compaction.ts'

/** A tombstone stays so long at least, for readers that follow. */
export const TOMBSTONE_MS: number = 24 * 60 * 60 * 1000
/** Below this a partition is not worth compacting. */
export const MIN_DIRTY_BYTES: number = 64 * 1024

/** What one step does at most. */
const COLLECTED_BYTES = 512 * 1024
const REWRITTEN_BYTES = 256 * 1024

/** Whether at least half of what is there has come since the last compaction. */
export function needsCompaction({ rules, bytes, cleanBytes }: CleanableLog): boolean {
  const dirty = bytes - cleanBytes
  return rules.compact === true && dirty >= Math.max(MIN_DIRTY_BYTES, cleanBytes)
}

/** See above. Another process may do the same at the same time: then both do it in vain, and no harm. */
export class CompactionRound {
  readonly place: { readonly topic: string; readonly partition: number }
  isOver = false
  readonly #host: CleanerHost
  readonly #newer = new KeyOffsets()
  /** The keys are known up to here. */
  #until: number
  /** The next offset to be rewritten; undefined while keys are collected. */
  #next: number | undefined
  /** The bytes of what lies before it. */
  #kept = 0

  constructor(host: CleanerHost, place: CompactionRound['place'], log: CleanableLog) {
    this.#host = host
    this.place = place
    this.#until = Math.max(log.cleanOffset, log.start)
  }

  /** Does the next step; false when it could not be done now. */
  step(now: number): boolean {
    const log = this.#log()
    if (log === undefined) {
      this.isOver = true
      return false
    }
    if (this.#next === undefined) {
      this.#collect(log)
      return true
    }
    try {
      return this.#host.attempt(() => {
        const current = this.#log()
        if (current !== undefined) this.#rewrite(current, now)
      })
    } catch (thrown) {
      // what was rewritten is undone, and so is not clean: the next round begins anew
      this.isOver = true
      throw thrown
    }
  }

  /** The partition, as long as it is there and to be compacted. */
  #log(): CleanableLog | undefined {
    const log = this.#host.log(this.place.topic, this.place.partition)
    return log?.rules.compact === true ? log : undefined
  }

  #collect(log: CleanableLog): void {
    for (const batch of log.batchesFrom(Math.max(this.#until, log.start), COLLECTED_BYTES)) {
      if (this.#newer.isFull) break
      this.#newer.add(batch)
      this.#until = batch.baseOffset + batch.count
    }
    if (this.#until >= log.end || this.#newer.isFull) this.#next = log.start
  }

  #rewrite(log: CleanableLog, now: number): void {
    const from = Math.max(this.#next ?? 0, log.start)
    const batches = log
      .batchesFrom(from, REWRITTEN_BYTES)
      .filter(({ baseOffset, count }) => baseOffset + count <= this.#until)
    const compacted = compactBatches(batches, this.#newer, now - TOMBSTONE_MS)
    if (compacted !== undefined) log.replace(batches, compacted)
    const kept = compacted === undefined ? batches : [compacted]
    this.#kept += kept.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const last = batches.at(-1)
    this.#next = last === undefined ? this.#until : last.baseOffset + last.count
    if (this.#next < this.#until) return
    log.markClean(this.#until, this.#kept)
    this.isOver = true
  }
}
