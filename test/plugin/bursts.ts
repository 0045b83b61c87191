/**
 * What a package of others may bring: an operator with state and a timer, and a source. It knows nothing
 * but 'sluice', and casts nothing.
 */
import {
  type Context,
  type Duration,
  durationMs,
  type Kernel,
  type KernelFactory,
  type KernelHost,
  type Operator,
  plainWire,
  Slots,
  type Source,
  type Stream,
} from 'sluice'

/** Elements that came together: with no pause between them that was as long as the gap. */
export type Burst<T> = readonly T[]

interface Open<T> {
  elements: readonly T[]
  /** When the last one came, processing time. */
  lastAt: number
}

/** Bursts of elements: what comes with pauses shorter than `gap` is one array, per key on a keyed stream. */
export function bursts<T>(gap: Duration): Operator<T, Burst<T>> {
  const gapMs = durationMs(gap, 'bursts: gap')
  return stream =>
    stream.process<Burst<T>, Stream<T>>('bursts', burstKernel<T>(gapMs), { processingTime: true })
}

/** A source of the numbers from 1 to `last`. */
export function countTo(last: number): Source<number> {
  return {
    name: `count to ${last}`,
    async run({ emit, signal }) {
      for (let n = 1; n <= last && !signal.aborted; n++) await emit(n)
    },
  }
}

/** The kernel factory of bursts, for `process`. */
export function burstKernel<T>(gapMs: number): KernelFactory<T, Burst<T>> {
  return { fingerprint: `bursts ${gapMs}`, open: host => new BurstKernel<T>(host, gapMs) }
}

class BurstKernel<T> implements Kernel<T> {
  readonly #host: KernelHost<Burst<T>>
  readonly #gapMs: number
  readonly #open: Slots<Open<T>>

  constructor(host: KernelHost<Burst<T>>, gapMs: number) {
    this.#host = host
    this.#gapMs = gapMs
    this.#open = new Slots(host, {
      name: 'open',
      wire: plainWire<Open<T>>(),
      create: () => ({ elements: [], lastAt: 0 }),
    })
    this.#setAlarm()
  }

  push(value: T, context: Context): void {
    const slot = this.#open.of(context)
    slot.value = { elements: [...slot.value.elements, value], lastAt: this.#host.now() }
    this.#open.cell.touch(slot)
    this.#setAlarm()
  }

  alarm(now: number, context: Context): void {
    this.#giveThoseBefore(now - this.#gapMs, context)
    this.#setAlarm()
  }

  advance(watermark: number, context: Context): void {
    if (watermark === Number.POSITIVE_INFINITY) this.#giveThoseBefore(watermark, context)
  }

  due(): number {
    return Number.POSITIVE_INFINITY
  }

  #giveThoseBefore(time: number, context: Context): void {
    for (const slot of this.#open.all()) {
      const { elements, lastAt } = slot.value
      if (elements.length === 0 || lastAt > time) continue
      slot.value = { elements: [], lastAt }
      this.#open.cell.touch(slot)
      this.#open.enter(slot, context)
      this.#open.drop(slot)
      this.#host.emit(elements, context)
    }
  }

  #setAlarm(): void {
    let at = Number.POSITIVE_INFINITY
    for (const { value } of this.#open.all())
      if (value.elements.length > 0) at = Math.min(at, value.lastAt + this.#gapMs)
    this.#host.alarmAt(at)
  }
}
