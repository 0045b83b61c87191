/**
 * Which edges an event opens, for all partial matches of its key, before any of them moves.
 *
 * Invariant: nothing changes while conditions are called, so one that throws leaves the key as it was. A
 * condition is called once at most for an event and a partial match.
 */
import { describeValue, StepError } from '../../errors.ts'
import { isThenable } from '../../graph/index.ts'
import type { Automaton, Edge, State, Test } from './automaton.ts'
import type { Link } from './match-state.ts'
import { TakenView } from './taken-events.ts'

/** The edges that one event opens. */
export class EdgePlan {
  /** How many edges there are. */
  count = 0
  /** The edges, partial match by partial match; behind `count` stand those of earlier events. */
  readonly edges: Edge[] = []
  /** Of each edge, whether there is a match as soon as it has been taken. */
  readonly isComplete: boolean[] = []
  /** How many edges there are up to and including those of each partial match. */
  readonly ends: number[] = []
  #partials = 0
  readonly #automaton: Automaton
  readonly #taken: TakenView
  readonly #open: State[] = []
  /** Of each condition, what it said, and in which round that was. */
  readonly #said: boolean[]
  readonly #saidIn: number[]
  #round = 0
  #event: unknown

  constructor(automaton: Automaton) {
    this.#automaton = automaton
    this.#taken = new TakenView(automaton.names)
    this.#said = automaton.conditions.map(() => false)
    this.#saidIn = automaton.conditions.map(() => 0)
  }

  /** Begins with an event. */
  begin(event: unknown): void {
    this.#event = event
    this.count = 0
    this.#partials = 0
  }

  /** Adds the edges that are open for a partial match. */
  add(from: State, last: Link | undefined): void {
    this.#round++
    this.#taken.show(last)
    // A condition that threw has left something there.
    if (this.#open.length > 0) this.#open.length = 0
    const first = this.count
    const open = this.#open
    for (let state: State | undefined = from; state !== undefined; state = open.pop()) {
      for (const edge of state.edges) {
        if (!this.#isOpen(edge.test)) continue
        if (edge.action === 'proceed') open.push(edge.to)
        else this.edges[this.count++] = edge
      }
    }
    for (let at = first; at < this.count; at++) {
      const edge = this.edges[at]
      this.isComplete[at] = edge?.action === 'take' && this.#leadsToEnd(edge.to)
    }
    this.ends[this.#partials++] = this.count
    this.#taken.show(undefined)
  }

  /** Whether nothing but the end is missing behind a state. */
  #leadsToEnd(from: State): boolean {
    const open = this.#open
    for (let state: State | undefined = from; state !== undefined; state = open.pop()) {
      for (const { action, to, test } of state.edges) {
        if (action !== 'proceed' || !this.#isOpen(test)) continue
        if (to.kind === 'final') {
          open.length = 0
          return true
        }
        open.push(to)
      }
    }
    return false
  }

  #isOpen(test: Test): boolean {
    switch (test.kind) {
      case 'always':
        return true
      case 'condition':
        return this.#holds(test.condition)
      case 'not':
        return !this.#isOpen(test.of)
      case 'and':
        return this.#isOpen(test.left) && this.#isOpen(test.right)
    }
  }

  #holds(condition: number): boolean {
    if (this.#saidIn[condition] !== this.#round) {
      this.#said[condition] = this.#ask(condition)
      this.#saidIn[condition] = this.#round
    }
    return this.#said[condition] === true
  }

  #ask(number: number): boolean {
    const condition = this.#automaton.conditions[number]
    // Conditions are kept without the types of what they are given, which the pattern has checked.
    const result = (condition as ((event: unknown, taken: unknown) => unknown) | undefined)?.(
      this.#event,
      this.#taken.events,
    )
    if (typeof result === 'boolean') return result
    if (isThenable(result)) {
      throw new StepError(
        'STEP_FAILED',
        'a condition of the pattern gave a promise; expected true or false: look things up in an asynchronous step above, such as mapAsync',
      )
    }
    throw new StepError(
      'STEP_FAILED',
      `a condition of the pattern gave ${describeValue(result)}; expected true or false`,
    )
  }
}
