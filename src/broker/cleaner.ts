/**
 * Carries out retention and compaction of the topics that have rules, a little at a time.
 *
 * Whoever appends cleans, after its caller has been answered: so nothing has to run on its own, and
 * no commit waits for more than one such turn, which is kept to a millisecond or two. A turn does one
 * piece of work at most, in a transaction of its own; what it leaves undone, the next one does.
 */
import { BrokerError } from '../errors.ts'
import type { Clock } from '../time/index.ts'
import type { TopicInfo, TopicRules } from './broker.ts'
import { CompactionRound, needsCompaction } from './compaction-round.ts'
import type { EncodedBatch, RecordBatch } from './record-batch.ts'

/** How often a broker looks for work while it appends. */
export const CLEAN_EVERY_MS = 100
/** While there is work, turns take at most this share of the time. */
const BUSY_SHARE = 0.2
/** How long a broker that appended cleans at most before it closes. */
const FINISH_MS = 200
/** What one turn does at most. */
const EXAMINED_PARTITIONS = 32
const DROPPED_BATCHES = 64
const DROPPED_BYTES = 1024 * 1024

/** A batch without its bytes. */
export interface BatchHead {
  readonly baseOffset: number
  readonly count: number
  readonly bytes: number
  readonly appendTime: number
}

/** One partition as it stands now, and what can be removed from it. */
export interface CleanableLog {
  readonly rules: TopicRules
  readonly start: number
  readonly end: number
  readonly bytes: number
  /** Up to here it has been compacted, and so many bytes were left there. */
  readonly cleanOffset: number
  readonly cleanBytes: number
  /** The lowest position of a group that reads it; +∞ where there is none. */
  lowestPosition(): number
  /** The oldest batches in order. */
  oldest(limit: number): readonly BatchHead[]
  /** Batches in order from the one that holds `offset` on: one, and more up to `bytes`. */
  batchesFrom(offset: number, bytes: number): readonly RecordBatch[]
  /** Drops the batches that lie wholly before an offset. */
  purge(before: number): void
  /** Puts one batch in the place of several that follow one another. */
  replace(batches: readonly RecordBatch[], by: EncodedBatch): void
  /** Remembers up to where it has been compacted. */
  markClean(offset: number, bytes: number): void
}

/** What cleaning needs of a broker. */
export interface CleanerHost {
  readonly isOpen: boolean
  /** All topics that have rules. */
  ruledTopics(): readonly TopicInfo[]
  /** A partition as of now; undefined when it is gone. */
  log(topic: string, partition: number): CleanableLog | undefined
  /** Carries out `work` in one transaction; false when somebody else is writing now. */
  attempt(work: () => void): boolean
}

/** A partition with rules. */
interface Place {
  readonly topic: string
  readonly partition: number
}

/** Cleans the logs of one broker object. */
export class Cleaner {
  readonly #host: CleanerHost
  readonly #clock: Clock
  /** The compaction under way; one at a time, as it keeps many keys in memory. */
  #compaction: CompactionRound | undefined
  #compactedLast = false
  /** Partitions whose batches cannot be read, and so not compacted: their readers report that. */
  readonly #damaged = new Set<string>()
  #isScheduled = false
  #hasAppended = false
  #nextAt = Number.NEGATIVE_INFINITY
  /** Where among all partitions with rules the next turn begins. */
  #at = 0

  constructor(host: CleanerHost, clock: Clock) {
    this.#host = host
    this.#clock = clock
  }

  /** Something was appended: a turn follows, if it is time, once the caller has been answered. */
  appended(): void {
    this.#hasAppended = true
    if (this.#isScheduled || this.#clock.monotonic() < this.#nextAt) return
    this.#isScheduled = true
    void this.#clock.yield().then(() => {
      this.#isScheduled = false
      if (this.#host.isOpen) this.#turn()
    })
  }

  /**
   * Nothing more will be appended: does what there is to do, for a while at most. Else programs that
   * come, write and go would leave all of it undone.
   */
  finish(): void {
    const until = this.#clock.monotonic() + FINISH_MS
    while (this.#hasAppended && this.#clock.monotonic() < until && this.#work());
  }

  #turn(): void {
    const started = this.#clock.monotonic()
    const hasWorked = this.#work()
    const ended = this.#clock.monotonic()
    this.#nextAt = hasWorked ? ended + (ended - started) * (1 / BUSY_SHARE - 1) : ended + CLEAN_EVERY_MS
  }

  /** Does a piece of work, if there is any; a compaction under way and everything else take turns. */
  #work(): boolean {
    this.#compactedLast = !this.#compactedLast && this.#continue()
    if (this.#compactedLast) return true
    const places = this.#places()
    for (let examined = 0; examined < Math.min(EXAMINED_PARTITIONS, places.length); examined++) {
      const place = places[this.#at++ % places.length]
      if (place !== undefined && this.#tend(place)) return true
    }
    return this.#continue()
  }

  #places(): readonly Place[] {
    const places: Place[] = []
    try {
      for (const { name: topic, partitions } of this.#host.ruledTopics()) {
        for (let partition = 0; partition < partitions; partition++) places.push({ topic, partition })
      }
    } catch {
      // what hinders reading hinders everybody, who say so
    }
    return places
  }

  #continue(): boolean {
    const round = this.#compaction
    if (round === undefined) return false
    const hasWorked = this.#guarded(round.place, () => round.step(this.#clock.now()))
    if (round.isOver || this.#damaged.has(nameOf(round.place))) this.#compaction = undefined
    return hasWorked
  }

  /** Drops old batches of a partition, or begins to compact it; says whether it did. */
  #tend(place: Place): boolean {
    return this.#guarded(place, () => {
      const log = this.#host.log(place.topic, place.partition)
      if (log === undefined) return false
      if (retainedFrom(log, this.#clock.now()) > log.start) return this.#retain(place)
      const canBegin = this.#compaction === undefined && !this.#damaged.has(nameOf(place))
      if (!canBegin || !needsCompaction(log)) return false
      this.#compaction = new CompactionRound(this.#host, place, log)
      return true
    })
  }

  #retain({ topic, partition }: Place): boolean {
    return this.#host.attempt(() => {
      const log = this.#host.log(topic, partition)
      log?.purge(retainedFrom(log, this.#clock.now()))
    })
  }

  /** Nothing that goes wrong here is an error of whoever appended. */
  #guarded(place: Place, work: () => boolean): boolean {
    try {
      return work()
    } catch (thrown) {
      // a full disk and a lock pass; damage is for the readers to report
      if (thrown instanceof BrokerError && thrown.code === 'BROKER_CORRUPT') this.#damaged.add(nameOf(place))
      return false
    }
  }
}

function nameOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`
}

/** The offset before which everything may go: a piece of it at once. */
function retainedFrom(log: CleanableLog, now: number): number {
  const {
    ageMs = Number.POSITIVE_INFINITY,
    bytes = Number.POSITIVE_INFINITY,
    force,
  } = log.rules.retention ?? {}
  let start = log.start
  let kept = log.bytes
  let lowest: number | undefined
  for (const head of log.oldest(DROPPED_BATCHES)) {
    const next = head.baseOffset + head.count
    const isOld = head.appendTime < now - ageMs
    const isTooMuch = kept > bytes && next < log.end
    if (!isOld && !isTooMuch) break
    lowest ??= force === true ? Number.POSITIVE_INFINITY : log.lowestPosition()
    if (next > lowest) break
    start = next
    kept -= head.bytes
    if (log.bytes - kept >= DROPPED_BYTES) break
  }
  return start
}
