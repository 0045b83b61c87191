/** What happens to other matches of the events of a match. */
import { describeValue } from '../../errors.ts'
import { type Candidate, compareEvents, type EventEntry, type Link } from './match-state.ts'
import { invalid } from './stage.ts'

/**
 * Where the search goes on after a match, as in Flink 1.20:
 * - `noSkip` (the default): everywhere; each possible match is given.
 * - `toNext`: not with the event that the match began with.
 * - `pastLastEvent`: behind the last event of the match.
 * - `toFirst`, `toLast`: with the first or last event that this stage has taken; with none, everywhere.
 *
 * Then matches are given in the order of their first events, so one may wait until those that began earlier are
 * decided.
 */
export type SkipStrategy<N extends string = string> =
  | 'noSkip'
  | 'toNext'
  | 'pastLastEvent'
  | { readonly toFirst: N }
  | { readonly toLast: N }

/** A strategy, by the place of its stage among the names. */
export type Skip =
  | { readonly kind: 'noSkip' | 'toNext' | 'pastLastEvent' }
  | { readonly kind: 'toFirst' | 'toLast'; readonly stage: number }

/** Reads a strategy. Throws `OPTION_INVALID`. */
export function skipOf(given: unknown, names: readonly string[]): Skip {
  if (given === undefined) return { kind: 'noSkip' }
  if (given === 'noSkip' || given === 'toNext' || given === 'pastLastEvent') return { kind: given }
  if (typeof given === 'object' && given !== null) {
    const [entry, ...others] = Object.entries(given)
    if (entry !== undefined && others.length === 0 && (entry[0] === 'toFirst' || entry[0] === 'toLast'))
      return { kind: entry[0], stage: stageOf(entry[1], names) }
  }
  throw invalid(
    `skip is ${describeValue(given)}; expected "noSkip", "toNext", "pastLastEvent", { toFirst: stage } or { toLast: stage }`,
  )
}

/** Up to which first event other candidates are over once there is a match: up to and including it, or before it. */
export interface SkipBound {
  readonly event: EventEntry
  readonly isIncluded: boolean
}

/** How far a match makes an end of the candidates that began earlier; undefined: not at all. */
export function boundOf(skip: Skip, match: Link): SkipBound | undefined {
  switch (skip.kind) {
    case 'noSkip':
      return undefined
    case 'toNext':
      return { event: firstOf(match).event, isIncluded: true }
    case 'pastLastEvent':
      return { event: match.event, isIncluded: true }
    case 'toFirst':
    case 'toLast': {
      const event = eventOf(match, skip.stage, skip.kind)
      return event === undefined ? undefined : { event, isIncluded: false }
    }
  }
}

/** How many candidates at the beginning of a list, which is in the order of first events, are over. */
export function skippedOf(candidates: readonly Candidate[], { event, isIncluded }: SkipBound): number {
  let count = 0
  for (const { start } of candidates) {
    const order = compareEvents(start, event)
    if (order > 0 || (order === 0 && !isIncluded)) break
    count++
  }
  return count
}

function stageOf(name: unknown, names: readonly string[]): number {
  const stage = names.indexOf(name as string)
  if (stage >= 0) return stage
  throw invalid(
    `skip goes to the stage ${describeValue(name)}; the stages that take events are ${names.join(', ')}`,
  )
}

function firstOf(match: Link): Link {
  let first = match
  while (first.before !== undefined) first = first.before
  return first
}

function eventOf(match: Link, stage: number, which: 'toFirst' | 'toLast'): EventEntry | undefined {
  let event: EventEntry | undefined
  for (let link: Link | undefined = match; link !== undefined; link = link.before) {
    if (link.stage !== stage) continue
    event = link.event
    if (which === 'toLast') break
  }
  return event
}
