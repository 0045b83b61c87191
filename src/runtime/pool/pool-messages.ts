/** What a pool and its workers say to each other; the same for threads and processes. */
import type { Thrown } from './thrown.ts'

/** Runs a function. A worker has one call at a time. */
export interface ToPoolWorker {
  readonly call: number
  /** Which function: a number that the worker has learnt from `load`. */
  readonly fn: number
  /** With the first call of the function in this worker. */
  readonly load?: { readonly module: string; readonly name: string }
  readonly args: readonly unknown[]
}

/** How it went. All but `loaded` end the call. */
export type FromPoolWorker =
  /** The module of a first call is there; the function runs. */
  | { readonly kind: 'loaded'; readonly call: number }
  | { readonly kind: 'result'; readonly call: number; readonly value: unknown }
  /** The function threw, or its promise was rejected. */
  | { readonly kind: 'threw'; readonly call: number; readonly thrown: Thrown }
  /** What it returned cannot be copied, and why. */
  | { readonly kind: 'uncopyable'; readonly call: number; readonly why: string }
  /** The module threw while it was loaded, or is not there. */
  | { readonly kind: 'unloadable'; readonly call: number; readonly thrown: Thrown }
  /** The module has no such function; what it has. */
  | { readonly kind: 'lacking'; readonly call: number; readonly exports: readonly string[] }

/** Whether it is an answer to this call: a module of the user may send messages of its own. */
export function isAnswer(message: unknown, call: number | undefined): message is FromPoolWorker {
  return typeof message === 'object' && message !== null && 'call' in message && message.call === call
}
