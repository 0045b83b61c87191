/**
 * The receiving side of an exchange in one task: its channels, whatever the transport.
 *
 * The set of channels is part of progress: one that has vanished leaves the minimum, a new one
 * joins at the current minimum (the merged watermark never goes back).
 */
import type { Operator } from './operator.ts'
import { StatusMerge } from './status-merge.ts'

/** How far a channel has come, for progress: watermarks are finite there. */
export interface ChannelProgress {
  readonly channel: string
  readonly watermark: number
  /** The run in which it is idle; 0: it is not. The next run finds out anew: much may have come meanwhile. */
  readonly idleRun: number
  /** Where its source partitions had ended then, together; −1: not known. */
  readonly idleAt: number
  /** The run in which it ended; 0: it has not. */
  readonly endedRun: number
}

interface Channel {
  watermark: number
  idle: boolean
  idleAt: number
  endedRun: number
  /** Nothing comes any more in this run, and windows are to close. */
  ended: boolean
}

/** What ending means in this run. */
export interface RunEnd {
  /** The number of this run; marks of other runs do not end anything. */
  readonly run: number
  /** Whether the end of the input closes windows. */
  readonly drain: boolean
}

/** What a mark says of a channel beside its watermark. */
export interface ChannelMark {
  /** Where its source partition had ended when it became idle; −1: not known. */
  readonly idleAt?: number
  /** The run in which it has ended; 0: it has not. */
  readonly endedRun?: number
}

/** The channels of one exchange in one task. */
export class ExchangeEntrance {
  readonly step: string
  readonly next: Operator
  readonly #names: readonly string[]
  readonly #numbers: ReadonlyMap<string, number>
  readonly #channels: readonly Channel[]
  readonly #status: StatusMerge
  readonly #end: RunEnd
  /** How many channels are idle: usually none, and then nobody needs to be woken. */
  #idle = 0
  /** Where the source partitions of a channel end now, together; −1: not known. */
  readonly #sourceEnd: (channel: number) => number

  constructor(
    step: string,
    names: readonly string[],
    end: RunEnd,
    next: Operator,
    sourceEnd: (channel: number) => number = () => -1,
  ) {
    this.step = step
    this.next = next
    this.#names = names
    this.#numbers = new Map(names.map((name, number) => [name, number]))
    this.#end = end
    this.#sourceEnd = sourceEnd
    this.#status = new StatusMerge(names.length)
    this.#channels = names.map(() => ({
      watermark: Number.NEGATIVE_INFINITY,
      idle: false,
      idleAt: -1,
      endedRun: 0,
      ended: false,
    }))
  }

  /** The number of a channel; −1 for one that has vanished. */
  numberOf(channel: string): number {
    return this.#numbers.get(channel) ?? -1
  }

  /**
   * A channel has come so far; +∞ is its end and is not remembered. One that has ended holds up nobody,
   * but only when all have does the input end here: an idle one may still bring elements.
   */
  advance(number: number, watermark: number, idle: boolean, mark: ChannelMark = {}): void {
    const { idleAt = -1, endedRun = 0 } = mark
    const channel = this.#channels[number]
    if (channel === undefined) return
    const wasIdle = channel.idle
    if (watermark !== Number.POSITIVE_INFINITY) channel.watermark = Math.max(channel.watermark, watermark)
    // A mark may come late, as behind a commit that was refused for a while.
    channel.idle = idle && !this.#hasGrown(number, idleAt)
    if (channel.idle !== wasIdle) this.#idle += channel.idle ? 1 : -1
    channel.idleAt = idleAt
    if (endedRun !== 0) channel.endedRun = endedRun
    channel.ended = watermark === Number.POSITIVE_INFINITY || (this.#end.drain && this.#hasEnded(channel))
    const woken = this.#wakeOthers(number)
    const changed = this.#status.set(number, channel.watermark, channel.idle || channel.ended) || woken
    if (channel.ended && this.#channels.every(other => other.ended)) {
      this.next.advance(Number.POSITIVE_INFINITY, false)
    } else if (changed) this.next.advance(this.#status.watermark, this.#status.idle)
  }

  /**
   * Records that were written together wake their partitions together, also where another worker has
   * not read them yet: an idle channel whose source partition has grown since counts again.
   */
  #wakeOthers(number: number): boolean {
    let woken = false
    if (this.#idle === 0) return woken
    for (const [other, channel] of this.#channels.entries()) {
      if (other === number || !channel.idle || channel.ended) continue
      if (!this.#hasGrown(other, channel.idleAt)) continue
      channel.idle = false
      this.#idle--
      woken = this.#status.set(other, channel.watermark, false) || woken
    }
    return woken
  }

  /** Whether the source of a channel has got more since its mark said idle. */
  #hasGrown(number: number, idleAt: number): boolean {
    return idleAt >= 0 && this.#sourceEnd(number) > idleAt
  }

  /** Whether all channels have ended in this run. */
  get hasEnded(): boolean {
    return this.#channels.every(channel => this.#hasEnded(channel))
  }

  /** What progress remembers. */
  progress(): readonly ChannelProgress[] {
    return this.#channels.map(({ watermark, idle, idleAt, endedRun }, number) => ({
      channel: this.#names[number] ?? '',
      watermark,
      idleRun: idle ? this.#end.run : 0,
      idleAt,
      endedRun,
    }))
  }

  /** Brings the channels back to the last commit. */
  restore(progress: readonly ChannelProgress[]): void {
    for (const { channel, watermark, idleRun, idleAt, endedRun } of progress) {
      const idle = idleRun === this.#end.run
      this.advance(this.numberOf(channel), watermark, idle, { idleAt, endedRun })
    }
  }

  #hasEnded(channel: Channel): boolean {
    return channel.endedRun === this.#end.run && this.#end.run !== 0
  }
}
