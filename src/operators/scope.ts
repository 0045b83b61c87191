/** What streams of one app, or of one live graph, share while it is built. */
import { GraphError } from '../errors.ts'
import {
  type ErrorPolicy,
  type PortRef,
  type ResolvedPolicy,
  resolvePolicy,
  type StepDraft,
} from '../graph/index.ts'
import type { LivePort } from './live-port.ts'
import type { Scatter } from './scattered-stream.ts'

/** Options that every operator takes. */
export interface StepOptions {
  /** The step's id, unique within the app; derived from name and place when not given. */
  readonly id?: string
  /** What happens to an element that the step cannot process; the default is the app's policy. */
  readonly onError?: ErrorPolicy
}

/** Where steps are added: to the graph of an app, or to one that runs. */
export interface StepAdder {
  /** The name of the app or of the live graph. */
  readonly name: string
  add(draft: StepDraft): PortRef
  /** A side output of a step that is added later, in the draft that names it. */
  sideOutput(output: string, hint: string): PortRef
}

/** What streams of one app, or of one live graph, share. */
export interface StreamScope {
  readonly builder: StepAdder
  readonly onError: ErrorPolicy
  /** Scatters a stream over the workers of a pool, where there can be one: a page loads nothing of it. */
  readonly scatter?: Scatter
  /** What an edge shows of itself in the REPL, beside its step. */
  readonly show?: (port: PortRef) => string
}

/** The part of a step that its kind decides. */
export type KindOf<D> = D extends StepDraft
  ? Omit<D, 'id' | 'name' | 'nature' | 'onError' | 'inputs' | 'within' | 'sideOutputs'>
  : never

/** The policy of a step: its own, else the app's. */
export function policyOf(scope: StreamScope, name: string, options: StepOptions): ResolvedPolicy {
  return resolvePolicy(options.onError ?? scope.onError, `onError of ${options.id ?? name}`)
}

/** Whether a port belongs to a live graph. */
export function isLive(port: PortRef): port is LivePort {
  return 'emit' in port
}

/** The port, which must belong to a live graph. Throws `GRAPH_INVALID` that names what was asked. */
export function livePort(port: PortRef, what: string, instead: string): LivePort {
  if (isLive(port)) return port
  throw new GraphError(
    'GRAPH_INVALID',
    `${what} works on a live stream, made by new Stream(); this one belongs to an app, which reads topics: ${instead}`,
  )
}
