/**
 * The automaton of a pattern as data: states, and edges between them that an event opens by tests.
 *
 * A partial match stands in a state. An event opens edges: `take` adds it to the match, `ignore` leaves the
 * match as it is, `proceed` looks on from another state at once. What opens no edge is over. Source: the
 * automaton of Flink CEP 1.20 and its paper, Agrawal and others, "Efficient Pattern Matching over Event Streams", 2008.
 */
import type { Condition } from './stage.ts'

/** Whether an event opens an edge. */
export type Test =
  | { readonly kind: 'always' }
  /** The condition of this number gives true. */
  | { readonly kind: 'condition'; readonly condition: number }
  | { readonly kind: 'not'; readonly of: Test }
  | { readonly kind: 'and'; readonly left: Test; readonly right: Test }

/** What standing in a state means. */
export type StateKind =
  /** Where each match begins; nothing leaves it. */
  | 'start'
  | 'middle'
  /** A match once the time of the pattern is over. */
  | 'pending'
  /** Something came that must not: the partial match is over. */
  | 'stop'
  /** A match. */
  | 'final'

/** An edge. */
export interface Edge {
  readonly action: 'take' | 'ignore' | 'proceed'
  readonly from: State
  readonly to: State
  readonly test: Test
}

/** A state. */
export interface State {
  /** Its place among the states. */
  readonly number: number
  readonly kind: StateKind
  /** The stage that takes events here, by its place among the names. */
  readonly stage: number
  readonly edges: readonly Edge[]
}

/** What a pattern is run by. */
export interface Automaton {
  readonly states: readonly State[]
  readonly start: State
  readonly final: State
  /** The stages that take events. */
  readonly names: readonly string[]
  /** Of each stage, whether its field in a match is a list. */
  readonly isMany: readonly boolean[]
  /** What tests name by number. */
  readonly conditions: readonly Condition[]
}

/** Always open. */
export const ALWAYS: Test = { kind: 'always' }

/** Open where the other is not. */
export function not(of: Test): Test {
  return { kind: 'not', of }
}

/** Open where both are. */
export function and(left: Test, right: Test): Test {
  if (left.kind === 'always') return right
  return right.kind === 'always' ? left : { kind: 'and', left, right }
}
