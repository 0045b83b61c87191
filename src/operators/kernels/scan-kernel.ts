/** State that every element changes: `scan` and `mapWithState`. Source: streamz's `accumulate`. */
import { StepError } from '../../errors.ts'
import { type Context, isThenable, type KernelFactory, type KernelHost } from '../../graph/index.ts'
import type { Wire } from '../../state/index.ts'
import { SlotKernel } from './slot-kernel.ts'

/** How an element changes the state, and what comes of it. */
export interface ScanLogic {
  readonly name: string
  /** Gives the state after an element. */
  readonly next: (state: unknown, value: unknown) => unknown
  /** Whether `next` gives a pair of state and result. */
  readonly givesResult: boolean
  /** Whether pairs of state and result are given out. */
  readonly withState: boolean
  /** Makes the state before the first element; undefined: that element becomes the state, and is given out as it is. */
  readonly start: (() => unknown) | undefined
  /** What is given out of a state; it may be what later elements change. */
  readonly show?: (state: unknown) => unknown
  readonly wire?: Wire<unknown>
}

interface ScanSlot {
  started: boolean
  state: unknown
}

/** The kernel factory of a scan. */
export function scanKernel(logic: ScanLogic, keyed: boolean): KernelFactory {
  const kind = `${logic.givesResult ? 'result' : 'state'}${logic.start === undefined ? ' from first' : ''}`
  return {
    fingerprint: `${logic.name} ${kind}`,
    open: host => new ScanKernel(logic, host, keyed),
  }
}

class ScanKernel extends SlotKernel<ScanSlot> {
  readonly #logic: ScanLogic
  readonly #next: ScanLogic['next']
  readonly #isPlain: boolean

  constructor(logic: ScanLogic, host: KernelHost, keyed: boolean) {
    super(host, { name: 'scan', keyed, wire: scanWire(logic), create: () => newSlot(logic) })
    this.#logic = logic
    this.#next = logic.next
    this.#isPlain = !(logic.givesResult || logic.withState || logic.show !== undefined || host.guarded)
  }

  push(value: unknown, context: Context): void {
    const entry = this.slots.of(context)
    const slot = entry.value
    if (this.#isPlain && slot.started) {
      const state = this.#next(slot.state, value)
      if (isThenable(state)) throw asynchronous(this.#logic.name)
      slot.state = state
      this.slots.cell.touch(entry)
      return this.host.emit(state, context)
    }
    const result = slot.started ? this.#advance(slot, value) : this.#begin(slot, value)
    this.slots.cell.touch(entry)
    this.host.emit(result, context)
  }

  /** The first element becomes the state. */
  #begin(slot: ScanSlot, value: unknown): unknown {
    slot.started = true
    slot.state = value
    return this.#logic.withState ? [value, value] : value
  }

  #advance(slot: ScanSlot, value: unknown): unknown {
    const { next, givesResult, withState, show, name } = this.#logic
    // A function that changes the state in place and then throws must leave no half effect.
    const before = this.host.guarded ? structuredClone(slot.state) : slot.state
    const given = next(before, value)
    if (isThenable(given)) throw asynchronous(name)
    const [state, result] = givesResult ? pairOf(given, name) : [given, given]
    slot.state = state
    const shown = show === undefined ? result : show(result)
    return withState ? [state, shown] : shown
  }
}

function newSlot({ start }: ScanLogic): ScanSlot {
  return { started: start !== undefined, state: start?.() }
}

function scanWire({ wire }: ScanLogic): Wire<ScanSlot> {
  return {
    encode: ({ started, state }) => (started ? [wire === undefined ? state : wire.encode(state)] : []),
    decode: given => {
      const list = given as readonly unknown[]
      const state = list[0]
      return { started: list.length > 0, state: wire === undefined ? state : wire.decode(state) }
    },
  }
}

function pairOf(given: unknown, name: string): readonly unknown[] {
  if (Array.isArray(given) && given.length === 2) return given
  throw new StepError('STEP_FAILED', `the function of ${name} must give [state, result]`)
}

function asynchronous(name: string): StepError {
  return new StepError(
    'STEP_FAILED',
    `the function of ${name} gave a promise; state changes synchronously: use mapAsync before ${name}`,
  )
}
