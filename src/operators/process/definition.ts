/** Checks a process function while the graph is built, and says what of its state another version can read. */
import { describeValue, GraphError } from '../../errors.ts'
import { checkFunction, checkOptions } from '../check-options.ts'
import { type CellSpec, cellFingerprint, type PlainCellSpec } from './cell-specs.ts'

/** A handler, whatever it takes. */
type Handler<P extends readonly unknown[]> = (...parts: P) => unknown

/** A process function without its types, checked. */
export interface Definition {
  readonly state: readonly (readonly [name: string, spec: CellSpec])[]
  readonly timers: readonly (readonly [name: string, time: 'event' | 'processing'])[]
  readonly outputs: readonly string[]
  readonly shared: PlainCellSpec | undefined
  readonly onElement: Handler<[element: unknown, context: unknown]>
  readonly onTimer: Handler<[timer: unknown, context: unknown]> | undefined
  readonly onClose: Handler<[closed: unknown, context: unknown]> | undefined
  readonly onEnd: Handler<[context: unknown]> | undefined
  readonly onBroadcast: Handler<[element: unknown, context: unknown]> | undefined
  /** Whether a handler is asynchronous: then calls work in drafts, one after the other. */
  readonly isAsync: boolean
  /** Whether what it does depends on the clock. */
  readonly usesClock: boolean
}

const KNOWN = ['state', 'timers', 'outputs', 'onElement', 'onTimer', 'onClose', 'onEnd'] as const
const KNOWN_WITH_BROADCAST = [...KNOWN, 'shared', 'onBroadcast'] as const
const NAME = /^\w{1,40}$/
const SHARED = 'shared'
/** The output of elements that come too late for all windows. */
export const LATE_OUTPUT = 'late'

/** Checks a process function. Throws `OPTION_INVALID`. */
export function checkDefinition(name: string, given: unknown, hasBroadcast: boolean): Definition {
  const what = `process "${name}"`
  if (typeof given !== 'object' || given === null) {
    throw invalid(what, `was given ${describeValue(given)}; expected { onElement, … }, or a kernel factory`)
  }
  checkOptions(given, hasBroadcast ? KNOWN_WITH_BROADCAST : KNOWN, what)
  // What it holds is looked at below.
  const parts = given as Readonly<Record<string, unknown>>
  const handler = (at: string): Handler<never> | undefined => {
    const fn = parts[at]
    if (fn === undefined) return undefined
    checkFunction(fn, `${what}: ${at}`)
    const bound = fn as Handler<never>
    return bound
  }
  const state = namedIn(what, 'state', parts['state']).map(
    ([cell, spec]) => [cell, cellOf(what, cell, spec)] as const,
  )
  const timers = namedIn(what, 'timers', parts['timers']).map(([timer, time]) => {
    if (time === 'event' || time === 'processing') return [timer, time] as const
    throw invalid(what, `timer "${timer}" is ${describeValue(time)}; expected "event" or "processing"`)
  })
  const outputs = namedIn(what, 'outputs', parts['outputs']).map(([output, spec]) => {
    if ((spec as { readonly kind?: unknown } | undefined)?.kind !== 'output') {
      throw invalid(what, `output "${output}" is ${describeValue(spec)}; expected output<…>()`)
    }
    if (output === LATE_OUTPUT)
      throw invalid(what, 'the output "late" is that of elements that come too late: give yours another name')
    return output
  })
  const onElement = handler('onElement')
  if (onElement === undefined) throw invalid(what, 'has no onElement, which is called with each element')
  const onTimer = handler('onTimer')
  if (timers.length > 0 && onTimer === undefined) {
    throw invalid(
      what,
      `has the timer "${timers[0]?.[0] ?? ''}" and no onTimer, which is called when it is due`,
    )
  }
  const onClose = handler('onClose')
  if (onClose !== undefined && !state.some(([, spec]) => spec.kind === 'windows')) {
    throw invalid(
      what,
      'has onClose and no windows(…) among its cells: for a moment of your own, set a timer',
    )
  }
  const shared = parts[SHARED] === undefined ? undefined : cellOf(what, SHARED, parts[SHARED])
  const onBroadcast = handler('onBroadcast')
  if (hasBroadcast && (shared === undefined || onBroadcast === undefined)) {
    throw invalid(
      what,
      'needs shared, a cell, and onBroadcast, which is called with each element of the broadcast stream',
    )
  }
  if (shared?.kind === 'windows')
    throw invalid(what, 'shared is windows(…); expected value(), list() or map()')
  const onEnd = handler('onEnd')
  const handlers = [onElement, onTimer, onClose, onEnd, onBroadcast]
  const cells = [...state.map(([, spec]) => spec), ...(shared === undefined ? [] : [shared])]
  return {
    state,
    timers,
    outputs,
    shared,
    onElement: bind(onElement, given),
    onTimer: onTimer && bind(onTimer, given),
    onClose: onClose && bind(onClose, given),
    onEnd: onEnd && bind(onEnd, given),
    onBroadcast: onBroadcast && bind(onBroadcast, given),
    isAsync: handlers.some(fn => fn !== undefined && isAsyncFunction(fn)),
    usesClock:
      timers.some(([, time]) => time === 'processing') ||
      cells.some(spec => spec.kind !== 'windows' && spec.ttl?.time === 'processing'),
  }
}

/** Cells and timers by name: `process last value; seen list with event ttl; timer gone event`. */
export function fingerprintOfDefinition({ state, timers, shared }: Definition): string {
  const parts = [
    ...state.map(([name, spec]) => `${name} ${cellFingerprint(spec)}`),
    ...timers.map(([name, time]) => `timer ${name} ${time}`),
    ...(shared === undefined ? [] : [`all ${cellFingerprint(shared)}`]),
  ]
  return [PREFIX, ...parts.toSorted()].join(SEPARATOR)
}

/** Whether a function with this fingerprint reads what one with another has stored: it has all that, and perhaps more. */
export function readsFingerprint(own: string, stored: string): boolean {
  const [kind, ...parts] = stored.split(SEPARATOR)
  const known = own.split(SEPARATOR)
  return kind === PREFIX && parts.every(part => known.includes(part))
}

const PREFIX = 'process'
const SEPARATOR = '; '

function namedIn(what: string, where: string, given: unknown): readonly (readonly [string, unknown])[] {
  if (given === undefined) return []
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(what, `${where} is ${describeValue(given)}; expected an object with what there is by name`)
  }
  return Object.entries(given).map(([name, spec]) => {
    if (NAME.test(name)) return [name, spec] as const
    throw invalid(
      what,
      `${where} has the name ${JSON.stringify(name)}; expected up to 40 letters, digits and "_"`,
    )
  })
}

function cellOf(what: string, name: string, given: unknown): CellSpec {
  const kind = (given as { readonly kind?: unknown } | null | undefined)?.kind
  // Only the functions of this library make specs, and users who write their like get what they wrote.
  if (kind === 'value' || kind === 'list' || kind === 'map' || kind === 'windows') return given as CellSpec
  throw invalid(
    what,
    `cell "${name}" is ${describeValue(given)}; expected value(), list(), map() or windows(…)`,
  )
}

function isAsyncFunction(fn: Handler<never>): boolean {
  return /^Async(Generator)?Function$/.test(Object.prototype.toString.call(fn).slice(8, -1))
}

/** Handlers may call one another by `this`. */
function bind<P extends readonly unknown[]>(fn: Handler<never>, to: object): Handler<P> {
  return fn.bind(to) as Handler<P>
}

function invalid(what: string, text: string): GraphError {
  return new GraphError('OPTION_INVALID', `${what}: ${text}`)
}
