/**
 * Finds a pattern among the events of each key, in the order of event time: an event is taken once the
 * watermark has passed it, and partial matches are given up when it has passed their time.
 *
 * Invariant: what is due is done in the order of time over all keys of the shard, and nothing depends on how
 * far the watermark goes at once. So neither batches nor restarts change what is given, or in which order.
 */

import { type Key, KeyMap } from '../../codec/index.ts'
import type { Context, Kernel, KernelHost } from '../../graph/index.ts'
import { plainWire, type ValueCell } from '../../state/index.ts'
import { DueHeap } from '../../time/index.ts'
import { keyOf } from '../key-of.ts'
import { MadeHere } from '../made-here.ts'
import { PlainCheck } from '../process/plain-data.ts'
import type { Automaton, Edge, State } from './automaton.ts'
import { writeInOrder } from './candidate-order.ts'
import { EdgePlan } from './edge-plan.ts'
import {
  type Candidate,
  compareEvents,
  type EventEntry,
  type KeyMatches,
  type Link,
  MatchState,
  newKeyMatches,
} from './match-state.ts'
import { LATE_OUTPUT, TIMED_OUT_OUTPUT } from './outputs.ts'
import { boundOf, type Skip, skippedOf } from './skip.ts'
import { eventsByStage } from './taken-events.ts'

/** What a step with a pattern is made of. */
export interface MatchParts {
  readonly automaton: Automaton
  /** +∞: a match may take for ever. */
  readonly withinMs: number
  readonly skip: Skip
}

const NEVER = Number.POSITIVE_INFINITY
/** Fewer places than this are not worth freeing. */
const LEAST_FREED = 32
/** So many keys of which nothing is left are remembered, in memory alone: usually they come again soon. */
const MOST_IDLE_KEYS = 1024

/** The running logic of a pattern for one shard. */
export class MatchKernel implements Kernel {
  readonly #automaton: Automaton
  readonly #withinMs: number
  readonly #skip: Skip
  readonly #host: KernelHost
  readonly #state: MatchState
  readonly #check: PlainCheck
  /** The largest time of an event that was taken. */
  readonly #takenUpTo: ValueCell<number>
  readonly #madeHere: MadeHere
  readonly #plan: EdgePlan
  readonly #keys = new KeyMap<KeyMatches>()
  readonly #due = new DueHeap<KeyMatches>()
  /** Keys of which nothing was left, some of which may have come again. */
  #idle: KeyMatches[] = []
  /** Events have been taken up to here. */
  #closedUpTo: number
  /** The number of the next result among those of one key and time. */
  #index = 0
  /** A list that is used again for the partial matches after the next event. */
  #spare: Candidate[] = []

  constructor({ automaton, withinMs, skip }: MatchParts, host: KernelHost) {
    this.#automaton = automaton
    this.#withinMs = withinMs
    this.#skip = skip
    this.#host = host
    this.#state = new MatchState(host)
    this.#check = new PlainCheck('events', host.state)
    this.#takenUpTo = host.state.value('taken', plainWire(), Number.NEGATIVE_INFINITY)
    this.#closedUpTo = this.#takenUpTo.get()
    this.#madeHere = new MadeHere(host)
    this.#plan = new EdgePlan(automaton)
    for (const matches of this.#state.restore(state => this.#stateAt(state).kind === 'final')) {
      this.#keys.set(matches.key, matches)
      this.#schedule(matches, this.#dueOf(matches))
    }
  }

  push(value: unknown, context: Context): void {
    const { time, entryWatermark, origin, offset, index } = context
    if (time <= entryWatermark || time <= this.#closedUpTo) {
      this.#host.count(time <= entryWatermark ? 'late' : 'finallyLate', 1)
      return this.#host.emitTo(LATE_OUTPUT, value, context)
    }
    const key = keyOf(context)
    this.#check.check(value, key, this.#host.guarded)
    const matches = this.#keys.get(key) ?? this.#newKey(key, context)
    const event = this.#state.addEvent(key, { value, time, origin, offset, index, uses: 1 })
    insert(matches.waiting, event, matches.next)
    if (time < matches.time) this.#schedule(matches, time)
  }

  due(): number {
    return this.#due.firstTime()
  }

  advance(watermark: number, context: Context): void {
    let takenUpTo = this.#takenUpTo.get()
    for (
      let matches = this.#due.firstUntil(watermark);
      matches !== undefined;
      matches = this.#due.firstUntil(watermark)
    ) {
      const { time } = matches
      this.#index = 0
      this.#timeOut(matches, time, context)
      if (this.#takeAll(matches, time, context)) takenUpTo = Math.max(takenUpTo, time)
      const due = this.#dueOf(matches)
      matches.time = due
      if (due === NEVER) this.#rest(matches)
    }
    if (takenUpTo > this.#takenUpTo.get()) this.#takenUpTo.set(takenUpTo)
    this.#closedUpTo = Math.max(this.#closedUpTo, watermark === NEVER ? takenUpTo : watermark)
  }

  #newKey(key: Key, context: Context): KeyMatches {
    this.#host.checkKey(context)
    const matches = newKeyMatches(key)
    this.#keys.set(key, matches)
    return matches
  }

  #schedule(matches: KeyMatches, time: number): void {
    matches.time = time
    if (time === NEVER) return
    if (Number.isNaN(matches.at)) this.#due.add(matches)
    else this.#due.moved(matches)
    this.#host.wakeAt(time)
  }

  /** Nothing is due for a key; where nothing is left of it, it is forgotten. */
  #rest(matches: KeyMatches): void {
    this.#due.remove(matches)
    if (matches.isIdle || !isEmpty(matches)) return
    matches.isIdle = true
    if (this.#idle.push(matches) <= MOST_IDLE_KEYS) return
    for (const idle of this.#idle) {
      idle.isIdle = false
      if (isEmpty(idle)) this.#keys.delete(idle.key)
    }
    this.#idle = []
  }

  #dueOf({ waiting, next, partials }: KeyMatches): number {
    const event = waiting[next]?.value.time ?? NEVER
    const first = partials[0]
    return first === undefined ? event : Math.min(event, first.start.value.time + this.#withinMs)
  }

  /** Gives up the partial matches whose time is over; those that only wait for it are matches now. */
  #timeOut(matches: KeyMatches, time: number, context: Context): void {
    const { partials, complete } = matches
    let count = 0
    for (const partial of partials) {
      if (partial.start.value.time + this.#withinMs > time) break
      count++
      if (this.#stateAt(partial.state).kind === 'pending') {
        partial.state = this.#automaton.final.number
        insertCandidate(complete, partial)
      } else {
        this.#give(TIMED_OUT_OUTPUT, matches, partial.link, time, context)
        this.#state.deleteCandidate(partial)
      }
    }
    if (count === 0) return
    partials.splice(0, count)
    this.#giveComplete(matches, time, context)
  }

  /** Takes the events of this time; says whether there was one. */
  #takeAll(matches: KeyMatches, time: number, context: Context): boolean {
    const { waiting } = matches
    const from = matches.next
    for (
      let event = waiting[matches.next];
      event !== undefined && event.value.time <= time;
      event = waiting[matches.next]
    ) {
      // In a loop of a live stream, what is given here may come back as an event at once.
      matches.next++
      this.#take(matches, event, context)
      this.#state.releaseEvent(event)
    }
    const isTaken = matches.next > from
    if (matches.next === waiting.length) clear(waiting)
    else if (matches.next < LEAST_FREED || matches.next * 2 < waiting.length) return isTaken
    else waiting.splice(0, matches.next)
    matches.next = 0
    return isTaken
  }

  #take(matches: KeyMatches, event: EventEntry, context: Context): void {
    const { partials } = matches
    const plan = this.#plan
    plan.begin(event.value.value)
    try {
      for (const { state, link } of partials) plan.add(this.#stateAt(state), link)
      plan.add(this.#automaton.start, undefined)
    } catch (thrown) {
      return this.#failed(thrown, matches.key, event, context)
    }
    if (partials.length === 0 && plan.count === 0) return
    const after = this.#spare
    let from = 0
    let number = 0
    for (const partial of partials) {
      const to = plan.ends[number++] ?? from
      if (to === from + 1 && isKept(partial, plan.edges[from])) after.push(partial)
      else this.#move(matches, { partial, event, from, to }, after)
      from = to
    }
    this.#move(matches, { partial: undefined, event, from, to: plan.count }, after)
    matches.partials = after
    clear(partials)
    this.#spare = partials
    if (matches.complete.length > 0) this.#giveComplete(matches, event.value.time, context)
    writeInOrder(after, candidate => this.#state.writeCandidate(matches.key, candidate))
  }

  /** Moves a partial match, or the beginning of one, along the edges that an event opened. */
  #move(
    matches: KeyMatches,
    {
      partial,
      event,
      from,
      to,
    }: {
      readonly partial: Candidate | undefined
      readonly event: EventEntry
      readonly from: number
      readonly to: number
    },
    after: Candidate[],
  ): void {
    const { edges, isComplete } = this.#plan
    const { key } = matches
    const start = partial?.start ?? event
    const before = partial?.link
    let isStopped = false
    for (let at = from; at < to; at++) isStopped ||= edges[at]?.to.kind === 'stop'
    let isMoved = false
    for (let at = from; at < to; at++) {
      const edge = edges[at]
      if (edge === undefined || edge.to.kind === 'stop') continue
      const isTaken = edge.action === 'take'
      const link = isTaken ? this.#state.addLink(key, event, edge.from.stage, before) : before
      // Nothing is ignored before a match has begun.
      if (link === undefined) continue
      link.uses++
      const isFinal = edge.to.kind === 'final'
      if (isFinal || isComplete[at] === true) this.#complete(matches, link, start)
      if (!isFinal && !isStopped) {
        const candidate = isMoved || partial === undefined ? newCandidate(link, start) : partial
        candidate.isUnwritten ||= isTaken || candidate.state !== edge.to.number
        candidate.state = edge.to.number
        candidate.link = link
        link.uses++
        after.push(candidate)
        isMoved = true
      }
      this.#state.releaseLink(link)
    }
    if (partial === undefined || before === undefined) return
    if (isMoved) this.#state.releaseLink(before)
    else this.#state.deleteCandidate(partial)
  }

  #complete({ complete }: KeyMatches, link: Link, start: EventEntry): void {
    link.uses++
    const match = newCandidate(link, start)
    match.state = this.#automaton.final.number
    insertCandidate(complete, match)
  }

  /** Gives the matches that wait for no earlier one. */
  #giveComplete(matches: KeyMatches, time: number, context: Context): void {
    const { key, complete, partials } = matches
    for (let match = complete[0]; match !== undefined; match = complete[0]) {
      const earliest = partials[0]
      const isSkipping = this.#skip.kind !== 'noSkip'
      if (isSkipping && earliest !== undefined && compareEvents(earliest.start, match.start) < 0) break
      complete.shift()
      const bound = boundOf(this.#skip, match.link)
      if (bound !== undefined) {
        for (const list of [partials, complete]) {
          for (const skipped of list.splice(0, skippedOf(list, bound))) this.#state.deleteCandidate(skipped)
        }
      }
      this.#give(undefined, matches, match.link, time, context)
      this.#state.deleteCandidate(match)
    }
    for (const match of complete) if (match.isUnwritten) this.#state.writeCandidate(key, match)
  }

  #give(output: string | undefined, { key }: KeyMatches, link: Link, time: number, context: Context): void {
    const { names, isMany } = this.#automaton
    const value: Record<string, unknown> = { key }
    const lists = eventsByStage(link, names.length)
    names.forEach((name, stage) => {
      const list = lists[stage] ?? []
      if (isMany[stage] === true) value[name] = list
      else if (list.length > 0) value[name] = list[0]
    })
    this.#madeHere.enter(key, time, context)
    context.entryWatermark = time - 1
    context.index += this.#index++
    if (output === undefined) this.#host.emit(value, context)
    else this.#host.emitTo(output, value, context)
  }

  /** A condition threw: the event counts as not there. */
  #failed(thrown: unknown, key: Key, { value: event }: EventEntry, context: Context): void {
    const { time, origin, offset, index, value } = event
    context.time = time
    context.timestamp = time
    context.entryWatermark = time - 1
    context.key = key
    context.origin = origin
    context.offset = offset
    context.index = index
    this.#host.failed(thrown, value, context)
  }

  #stateAt(number: number): State {
    return this.#automaton.states[number] ?? this.#automaton.start
  }
}

/** Whether the only edge that is open leaves a partial match as it is, which is what happens to most. */
function isKept({ state }: Candidate, edge: Edge | undefined): boolean {
  return edge?.action === 'ignore' && edge.to.number === state
}

/** Empties a list that will be filled again: setting its length would give its memory back. */
function clear(list: unknown[]): void {
  while (list.length > 0) list.pop()
}

function isEmpty({ waiting, partials, complete }: KeyMatches): boolean {
  return waiting.length + partials.length + complete.length === 0
}

function insert(waiting: EventEntry[], event: EventEntry, least: number): void {
  let at = waiting.length
  for (; at > least; at--) {
    const before = waiting[at - 1]
    if (before === undefined || compareEvents(before, event) <= 0) break
  }
  if (at === waiting.length) waiting.push(event)
  else waiting.splice(at, 0, event)
}

function newCandidate(link: Link, start: EventEntry): Candidate {
  return { entry: undefined, state: 0, link, start, order: 0, isUnwritten: true }
}

/** Behind those that began with the same event. */
function insertCandidate(candidates: Candidate[], candidate: Candidate): void {
  let at = candidates.length
  let before = candidates[at - 1]
  while (before !== undefined && compareEvents(before.start, candidate.start) > 0)
    before = candidates[--at - 1]
  candidate.order = before?.start === candidate.start ? before.order + 1 : 0
  candidate.isUnwritten = true
  candidates.splice(at, 0, candidate)
}
