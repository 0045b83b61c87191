/**
 * What a pattern means, written down naively: all sequences of events that the definition lets pass, found by
 * trying. Nothing here knows of states or of an order of arrival.
 */

/** An event of one key, in the order of event time. */
export interface Event {
  readonly id: string
  readonly key: string
  readonly time: number
  readonly letter: string
  readonly value: number
}

export type How = 'next' | 'followedBy' | 'followedByAny'

/** A stage: the letters that it takes, and how often. */
export interface Stage {
  readonly name: string
  readonly how: How
  readonly letters: string
  /** Whether its events have to be above the first event of the match. */
  readonly isAbove: boolean
  readonly from: number
  readonly to: number
  readonly inner: How
  /** Letters that must not come before its first event. */
  readonly never: string
}

/** A pattern of such stages. */
export interface Definition {
  readonly stages: readonly Stage[]
  readonly withinMs: number
  readonly skip: 'noSkip' | 'toNext' | 'pastLastEvent' | 'toLast'
  /** What must not come behind the last stage for as long as a match may take. */
  readonly neverAfter: string
}

/** The events of a match by stage, and when it is sure. */
export interface Found {
  readonly key: string
  readonly time: number
  readonly events: Readonly<Record<string, readonly string[]>>
}

/** One event to be taken. */
interface Step extends Pick<Stage, 'name' | 'how' | 'letters' | 'isAbove' | 'never'> {}

type Path = readonly number[]

/** Whether an event is one that a step takes, the match having begun with `first`. */
export function takes(
  { letters, isAbove }: Pick<Stage, 'letters' | 'isAbove'>,
  event: Event,
  first: Event | undefined,
): boolean {
  return letters.includes(event.letter) && (!isAbove || first === undefined || event.value > first.value)
}

/** All matches among the events of one key, which are in order. */
export function matchesOf(definition: Definition, events: readonly Event[]): readonly Found[] {
  const { withinMs, neverAfter } = definition
  const found = sequencesOf(definition.stages, events.length).flatMap(steps =>
    pathsOf(steps, events, withinMs).map(path => ({ steps, path })),
  )
  if (neverAfter === '')
    return chosen(definition, found).map(({ steps, path }) => foundOf(steps, path, events))
  // A match then is sure when its time is over and nothing came.
  return found
    .filter(
      ({ path }) =>
        !events.some(
          (event, at) =>
            at > lastOf(path) && isWithin(path, event, events, withinMs) && neverAfter.includes(event.letter),
        ),
    )
    .map(({ steps, path }) => ({ ...foundOf(steps, path, events), time: startOf(path, events) + withinMs }))
}

/** The partial matches that are given up, where each stage takes one event. */
export function timedOutOf({ stages, withinMs }: Definition, events: readonly Event[]): readonly Found[] {
  return stages.slice(1).flatMap((next, number) => {
    const steps = stages.slice(0, number + 1)
    return pathsOf(steps, events, withinMs)
      .filter(path => isWaiting(next, path, events, withinMs))
      .map(path => ({ ...foundOf(steps, path, events), time: startOf(path, events) + withinMs }))
  })
}

function isWaiting(next: Stage, path: Path, events: readonly Event[], withinMs: number): boolean {
  const later = events.filter((event, at) => at > lastOf(path) && isWithin(path, event, events, withinMs))
  if (later.some(event => next.never.includes(event.letter))) return false
  if (next.how === 'next') return later.length === 0
  return next.how === 'followedByAny' || !later.some(event => takes(next, event, events[path[0] ?? 0]))
}

/** All ways to say how often each stage takes an event. */
function sequencesOf(stages: readonly Stage[], most: number): readonly (readonly Step[])[] {
  let sequences: readonly (readonly Step[])[] = [[]]
  for (const stage of stages) {
    const counts: number[] = []
    for (let count = stage.from; count <= Math.min(stage.to, most); count++) counts.push(count)
    sequences = sequences.flatMap(before =>
      counts.map(count => [
        ...before,
        ...Array.from({ length: count }, (_, number) =>
          number === 0 ? stage : { ...stage, how: stage.inner, never: '' },
        ),
      ]),
    )
  }
  return sequences.filter(sequence => sequence.length > 0)
}

function pathsOf(steps: readonly Step[], events: readonly Event[], withinMs: number): readonly Path[] {
  let paths: readonly Path[] = [[]]
  for (const [number, step] of steps.entries()) {
    paths = paths.flatMap(path =>
      [...events.keys()]
        .filter(at => {
          const event = events[at]
          if (event === undefined || !takes(step, event, events[path[0] ?? -1])) return false
          return (
            number === 0 || (isWithin(path, event, events, withinMs) && follows(step, { path, at }, events))
          )
        })
        .map(at => [...path, at]),
    )
  }
  return paths
}

function follows(
  step: Step,
  { path, at }: { readonly path: Path; readonly at: number },
  events: readonly Event[],
): boolean {
  if (at <= lastOf(path)) return false
  const between = events.slice(lastOf(path) + 1, at)
  if (between.some(event => step.never.includes(event.letter))) return false
  if (step.how === 'next') return between.length === 0
  return step.how === 'followedByAny' || !between.some(event => takes(step, event, events[path[0] ?? 0]))
}

/** The matches that are given: in the order of their first events, each ends those that it skips. */
function chosen<M extends { readonly path: Path; readonly steps: readonly Step[] }>(
  { skip, stages }: Definition,
  matches: readonly M[],
): readonly M[] {
  if (skip === 'noSkip') return matches
  const given: M[] = []
  let from = 0
  for (const match of matches.toSorted((left, right) => (left.path[0] ?? 0) - (right.path[0] ?? 0))) {
    const { path } = match
    const start = path[0] ?? 0
    if (start < from) continue
    given.push(match)
    if (skip === 'toNext') from = start + 1
    else if (skip === 'pastLastEvent') from = lastOf(path) + 1
    else {
      const last = match.steps.findLastIndex(({ name }) => name === stages.at(-1)?.name)
      from = path[last] ?? from
    }
  }
  return given
}

function foundOf(steps: readonly Step[], path: Path, events: readonly Event[]): Found {
  const taken: Record<string, string[]> = {}
  path.forEach((at, number) => {
    const name = steps[number]?.name ?? ''
    taken[name] = [...(taken[name] ?? []), events[at]?.id ?? '']
  })
  const last = events[lastOf(path)]
  return { key: last?.key ?? '', time: last?.time ?? 0, events: taken }
}

function isWithin(path: Path, event: Event, events: readonly Event[], withinMs: number): boolean {
  return event.time - startOf(path, events) < withinMs
}

function startOf(path: Path, events: readonly Event[]): number {
  return events[path[0] ?? 0]?.time ?? 0
}

function lastOf(path: Path): number {
  return path.at(-1) ?? 0
}
