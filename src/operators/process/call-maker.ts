/** What handlers are given: made once for synchronous calls, and for each asynchronous one. */
import { StepError } from '../../errors.ts'
import type { KernelHost } from '../../graph/index.ts'
import { newContext } from '../../graph/index.ts'
import { Call } from './call.ts'
import type { CellStore } from './cell-store.ts'

/** The state of a process function: what calls are made of. */
export interface CallParts {
  readonly cells: readonly CellStore[]
  readonly timers: readonly CellStore[]
  readonly outputs: readonly string[]
  readonly shared: CellStore | undefined
  readonly isDraft: boolean
}

/** What a handler is given, and what may change from call to call. */
export interface UserContext {
  key: unknown
  time: number
  draining: boolean
  readonly state: Readonly<Record<string, unknown>>
  readonly timers: Readonly<Record<string, unknown>>
  readonly outputs: Readonly<Record<string, unknown>>
  readonly shared: unknown
  readonly now: () => number
}

/** What `onBroadcast` is given. */
export interface UserBroadcastContext {
  time: number
  readonly shared: unknown
  readonly now: () => number
}

/** A call with what handlers see of it. */
export interface MadeCall {
  readonly call: Call
  readonly user: UserContext
  readonly broadcast: UserBroadcastContext
}

/** Makes a call. */
export function makeCall(host: KernelHost, { cells, timers, outputs, shared, isDraft }: CallParts): MadeCall {
  const context = newContext()
  const call = new Call(host, context, isDraft)
  const now = (): number => host.now()
  let sharedState: unknown
  if (shared !== undefined) {
    call.shared = new Call(host, context, isDraft)
    sharedState = shared.open(call.shared)
  }
  const byName = (stores: readonly CellStore[]): Readonly<Record<string, unknown>> =>
    Object.fromEntries(stores.map(store => [store.name, store.open(call)]))
  return {
    call,
    user: {
      key: undefined,
      time: 0,
      draining: false,
      state: byName(cells),
      timers: byName(timers),
      outputs: Object.fromEntries(
        outputs.map(name => [name, { emit: (element: unknown) => call.emitTo(name, element) }]),
      ),
      shared: shared === undefined ? undefined : readOnly(sharedState),
      now,
    },
    broadcast: { time: 0, shared: sharedState, now },
  }
}

const READS = ['get', 'has', 'entries', 'values'] as const
const WRITES = ['set', 'update', 'delete', 'add', 'clear'] as const

/** What may be read of a shared cell; writing says where that is done. */
function readOnly(given: unknown): object {
  // It is one of the handles of cells.
  const state = given as Readonly<Record<string, ((...parts: readonly unknown[]) => unknown) | undefined>>
  const view: Record<string, unknown> = {}
  for (const name of READS)
    if (state[name] !== undefined) view[name] = (...parts: readonly unknown[]) => state[name]?.(...parts)
  for (const name of WRITES) {
    if (state[name] === undefined) continue
    view[name] = () => {
      throw new StepError(
        'STEP_FAILED',
        `shared.${name} was called; what is shared is the same for all keys, and is set in onBroadcast only`,
      )
    }
  }
  return Object.defineProperty(view, 'size', { get: () => state['size'] })
}
