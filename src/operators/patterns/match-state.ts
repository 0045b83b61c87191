/**
 * What a step with a pattern keeps of each key: events, the chains in which partial matches hold them, and
 * the partial matches.
 *
 * Invariant: an event is kept once, however many matches hold it, and a chain is never written again. So a
 * commit writes what came since the last, however long a partial match is.
 */
import type { Key } from '../../codec/index.ts'
import { InternalError } from '../../errors.ts'
import type { KernelHost } from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire, type Wire } from '../../state/index.ts'
import type { DueNode } from '../../time/index.ts'
import { comparePlaces, type Place, type PlaceState, placeFromState, placeToState } from '../folds/place.ts'

/** An event that waits for its turn, or is part of matches. */
export interface KeptEvent extends Place {
  readonly value: unknown
  /** By how many links, and turns, it is held. */
  uses: number
}

/** An event by the number under which it is kept. */
export type EventEntry = Entry<KeptEvent>

/** An event as a stage took it, behind what was taken before. */
export interface Link {
  readonly entry: Entry<LinkState>
  readonly event: EventEntry
  readonly stage: number
  readonly before: Link | undefined
  /** By how many matches and links it is held. */
  uses: number
}

/** A partial match, or one that waits for an earlier one to be decided. */
export interface Candidate {
  entry: Entry<CandidateState> | undefined
  state: number
  link: Link
  readonly start: EventEntry
  /** Rises among those that began with the same event. */
  order: number
  /** Whether it has changed, or is new, since it was written into the state. */
  isUnwritten: boolean
}

/** Everything of one key. */
export interface KeyMatches extends DueNode {
  readonly key: Key
  /** Events that the watermark has not passed, in order, from `next` on. */
  waiting: EventEntry[]
  next: number
  /** Partial matches, by their first events; of equal ones those first that came first. */
  partials: Candidate[]
  /** Matches that wait for earlier partial ones, in the same order. */
  complete: Candidate[]
  /** Whether it is among the keys of which nothing was left. */
  isIdle: boolean
}

/** Numbers are 0 for none. */
type LinkState = readonly [event: number, stage: number, before: number]
type CandidateState = readonly [state: number, link: number, start: number, order: number]

/** Compares events by when they happened. */
export function compareEvents(left: EventEntry, right: EventEntry): number {
  if (left === right) return 0
  return comparePlaces(left.value, right.value) || numberOf(left) - numberOf(right)
}

/** The cells. Everything is in the namespace of its key, under one number each. */
export class MatchState {
  readonly #events: MemoryCell<KeptEvent>
  readonly #links: MemoryCell<LinkState>
  readonly #candidates: MemoryCell<CandidateState>
  #nextNumber = 1

  constructor(host: KernelHost) {
    this.#events = host.state.keyed('events', EVENT_WIRE)
    this.#links = host.state.keyed('links', plainWire<LinkState>())
    this.#candidates = host.state.keyed('partials', plainWire<CandidateState>())
  }

  /** What was kept, of each key; `isComplete` says which states are those of matches. */
  *restore(isComplete: (state: number) => boolean): Generator<KeyMatches> {
    for (const cell of [this.#events, this.#links, this.#candidates]) {
      for (const key of cell.namespaces()) {
        for (const entry of cell.entries(key))
          this.#nextNumber = Math.max(this.#nextNumber, numberOf(entry) + 1)
      }
    }
    for (const key of this.#events.namespaces()) yield this.#restoreKey(key, isComplete)
  }

  addEvent(key: Key, event: KeptEvent): EventEntry {
    return this.#events.create(key, this.#nextNumber++, event)
  }

  /** One of those who hold an event lets it go. */
  releaseEvent(event: EventEntry): void {
    if (--event.value.uses === 0) this.#events.delete(event)
  }

  /** Adds an event behind a chain, which is held once more. Nobody holds the new link yet. */
  addLink(key: Key, event: EventEntry, stage: number, before: Link | undefined): Link {
    const state = [numberOf(event), stage, before === undefined ? 0 : numberOf(before.entry)] as const
    const entry = this.#links.create(key, this.#nextNumber++, state)
    event.value.uses++
    if (before !== undefined) before.uses++
    return { entry, event, stage, before, uses: 0 }
  }

  /** One of those who hold a chain lets it go; what nobody holds any more is gone. */
  releaseLink(link: Link): void {
    let last: Link | undefined = link
    while (last !== undefined && --last.uses <= 0) {
      this.#links.delete(last.entry)
      this.releaseEvent(last.event)
      last = last.before
    }
  }

  /** Writes where a candidate stands. */
  writeCandidate(key: Key, candidate: Candidate): void {
    const { entry, state, link, start, order } = candidate
    const value = [state, numberOf(link.entry), numberOf(start), order] as const
    candidate.isUnwritten = false
    if (entry === undefined) {
      candidate.entry = this.#candidates.create(key, this.#nextNumber++, value)
    } else {
      entry.value = value
      this.#candidates.touch(entry)
    }
  }

  /** A candidate is gone, and with it what only it held. */
  deleteCandidate({ entry, link }: Candidate): void {
    if (entry !== undefined) this.#candidates.delete(entry)
    this.releaseLink(link)
  }

  #restoreKey(key: Key, isComplete: (state: number) => boolean): KeyMatches {
    const events = new Map<number, EventEntry>()
    for (const entry of this.#events.entries(key)) events.set(numberOf(entry), entry)
    const links = this.#restoreLinks(key, events)
    const matches = newKeyMatches(key)
    for (const entry of this.#candidates.entries(key)) {
      const [state, linkNumber, startNumber, order] = entry.value
      const link = found(links.get(linkNumber))
      link.uses++
      const start = found(events.get(startNumber))
      const candidate = { entry, state, link, start, order, isUnwritten: false }
      const list = isComplete(state) ? matches.complete : matches.partials
      list.push(candidate)
    }
    matches.partials.sort(compareCandidates)
    matches.complete.sort(compareCandidates)
    for (const event of events.values()) {
      if (event.value.uses > 0) continue
      event.value.uses = 1
      matches.waiting.push(event)
    }
    matches.waiting.sort(compareEvents)
    return matches
  }

  #restoreLinks(key: Key, events: ReadonlyMap<number, EventEntry>): ReadonlyMap<number, Link> {
    const links = new Map<number, Link>()
    // Whoever is behind another has the higher number.
    const entries = [...this.#links.entries(key)].sort((left, right) => numberOf(left) - numberOf(right))
    for (const entry of entries) {
      const [eventNumber, stage, beforeNumber] = entry.value
      const event = found(events.get(eventNumber))
      const before = beforeNumber === 0 ? undefined : found(links.get(beforeNumber))
      event.value.uses++
      if (before !== undefined) before.uses++
      links.set(numberOf(entry), { entry, event, stage, before, uses: 0 })
    }
    return links
  }
}

/** A key of which there is nothing yet. */
export function newKeyMatches(key: Key): KeyMatches {
  return {
    key,
    waiting: [],
    next: 0,
    partials: [],
    complete: [],
    isIdle: false,
    time: Number.POSITIVE_INFINITY,
    at: Number.NaN,
  }
}

/** The number under which something is kept. */
export function numberOf(entry: Entry<unknown>): number {
  return entry.key as number
}

function compareCandidates(left: Candidate, right: Candidate): number {
  return compareEvents(left.start, right.start) || left.order - right.order
}

function found<T>(kept: T | undefined): T {
  if (kept === undefined) throw new InternalError('a partial match refers to what is not kept')
  return kept
}

const EVENT_WIRE: Wire<KeptEvent> = {
  encode: event => [event.value, placeToState(event)],
  decode: state => {
    // Only what `encode` gave is written there.
    const [value, place] = state as readonly [unknown, PlaceState]
    const { time, origin, offset, index } = placeFromState(place)
    return { value, time, origin, offset, index, uses: 0 }
  },
}
