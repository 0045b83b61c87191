/**
 * Makes the automaton of a pattern, from its last stage to its first: each stage becomes states that lead to
 * those of the stage behind it.
 *
 * Invariant: the edges of a state stand in the order in which they are tried, which decides which of several
 * matches of one event comes first.
 */
import {
  ALWAYS,
  type Automaton,
  and,
  type Edge,
  not,
  type State,
  type StateKind,
  type Test,
} from './automaton.ts'
import {
  type Condition,
  type Contiguity,
  type GroupStage,
  type InnerContiguity,
  type NotStage,
  type Stage,
  type TakingStage,
  takingNames,
} from './stage.ts'

/** A state, and an edge, while they are made. */
interface Draft extends State {
  kind: StateKind
  readonly edges: DraftEdge[]
}

interface DraftEdge extends Edge {
  readonly from: Draft
  readonly to: Draft
  test: Test
}

/** The group that a stage is in. */
interface Around {
  readonly group: GroupStage
  /** Whether this is the first round of its loop: its first stage then follows what is before the group. */
  readonly isFirstRound: boolean
}

/** A stage in its place. */
interface Place {
  readonly stages: readonly Stage[]
  readonly at: number
  readonly around: Around | undefined
  /** The stage behind; of the last one of a group, that behind the group. */
  readonly behind: Stage | undefined
}

/** One step of a stage that takes events. */
interface StepParts {
  /** Where an event that is taken leads. */
  readonly sink: Draft
  /** Where to look on if the stage takes nothing here. */
  readonly past: Draft
  readonly take: Test
  /** What may be passed over; undefined: nothing. */
  readonly ignore: Test | undefined
  readonly isOptional: boolean
}

type Repeated = TakingStage | GroupStage

/** Builds the automaton of stages that have been checked. */
export function automatonOf(stages: readonly Stage[], hasLimit: boolean): Automaton {
  return new AutomatonBuilder(stages, hasLimit).build()
}

class AutomatonBuilder {
  readonly #stages: readonly Stage[]
  /** Whether a match has to be complete within a time. */
  readonly #hasLimit: boolean
  readonly #names: readonly string[]
  readonly #states: Draft[] = []
  readonly #conditions: Condition[] = []
  readonly #tests = new Map<Condition, Test>()
  readonly #stops = new Map<NotStage, Draft>()
  /** What comes behind a greedy loop as it is for the event that ends the loop by `until`. */
  readonly #past = new Map<Draft, Draft>()

  constructor(stages: readonly Stage[], hasLimit: boolean) {
    this.#stages = stages
    this.#hasLimit = hasLimit
    this.#names = takingNames(stages)
  }

  build(): Automaton {
    const final = this.#newState('final')
    const start = this.#sequence(this.#stages, { sink: final, around: undefined, behind: undefined })
    start.kind = 'start'
    return {
      states: this.#states,
      start,
      final,
      names: this.#names,
      isMany: this.#names.map(name => takesMany(this.#stages, name)),
      conditions: this.#conditions,
    }
  }

  /** Stages one after the other; gives the state of the first. */
  #sequence(
    stages: readonly Stage[],
    { sink, around, behind }: Pick<Place, 'around' | 'behind'> & { readonly sink: Draft },
  ): Draft {
    let next = sink
    for (let at = stages.length - 1; at >= 0; at--) {
      const stage = stages[at]
      if (stage === undefined) continue
      const place: Place = { stages, at, around, behind: stages[at + 1] ?? behind }
      next = stage.kind === 'not' ? this.#forbid(stage, next, place) : this.#repeat(stage, next, place)
    }
    return next
  }

  #forbid(stage: NotStage, sink: Draft, place: Place): Draft {
    const test = this.#takeTest(stage, place)
    const stop = (): Draft => this.#stopOf(stage, test)
    if (stage.contiguity === 'notNext') {
      const state = this.#newState()
      // At the end another event has to come: an edge that proceeds would need none.
      link(state, { action: sink.kind === 'final' ? 'ignore' : 'proceed', to: sink, test: not(test) })
      link(state, { action: 'proceed', to: stop(), test })
      return state
    }
    if (sink.kind === 'pending') {
      const [, ignore] = sink.edges
      if (ignore !== undefined) ignore.test = and(ignore.test, not(test))
      link(sink, { action: 'proceed', to: stop(), test })
    }
    // Before another stage it is a matter of the states of that: see `#addStops`.
    if (sink.kind !== 'final' || !this.#hasLimit) return sink
    const state = this.#newState('pending')
    link(state, { action: 'proceed', to: stop(), test })
    link(state, { action: 'ignore', to: state, test: not(test) })
    return state
  }

  #repeat(stage: Repeated, sink: Draft, place: Place): Draft {
    let first: Draft
    if (stage.to === Number.POSITIVE_INFINITY) {
      const loop = this.#loop(stage, this.#withoutStops(sink, place), place)
      first = this.#times({ sink: loop, past: sink, to: stage.from }, stage, place)
    } else if (stage.isCounted) {
      first = this.#times({ sink, past: sink, to: stage.to }, stage, place)
    } else {
      const { isOptional } = stage
      const take = this.#takeTest(stage, place)
      const ignore = this.#ignoreTest(stage, place)
      first = this.#step(
        stage,
        { sink, past: sink, take, ignore, isOptional },
        { ...place, isFirstRound: true },
      )
    }
    this.#addStops(first, place)
    return first
  }

  /** `from` to `to` steps, of which all behind the first `from` may be left out. */
  #times(
    { sink, past, to }: { readonly sink: Draft; readonly past: Draft; readonly to: number },
    stage: Repeated,
    place: Place,
  ): Draft {
    const { from, isOptional, until } = stage
    const again = { ...place, isFirstRound: false }
    const ignore = this.#unless(until, this.#innerIgnoreTest(stage, place))
    const take = this.#unless(until, this.#takeTest(stage, place)) ?? ALWAYS
    if (stage.isGreedy && from !== to) forbidAll(sink, take)
    let next = sink
    for (let step = to; step > 1; step--) {
      const mayEnd = step > from
      next = this.#step(stage, { sink: next, past, take, ignore, isOptional: mayEnd }, again)
      this.#addStopsBehind(next, place)
    }
    const firstIgnore = this.#ignoreTest(stage, place)
    return this.#step(
      stage,
      { sink: next, past, take, ignore: firstIgnore, isOptional },
      { ...place, isFirstRound: true },
    )
  }

  /** One event of a stage, or one round of a group. */
  #step(stage: Repeated, parts: StepParts, place: Place & { readonly isFirstRound: boolean }): Draft {
    if (stage.kind === 'group') return this.#round(stage, parts, place)
    const { sink, past, take, ignore, isOptional } = parts
    const state = this.#newState('middle', stage)
    const taken = this.#withoutStops(sink, place)
    link(state, { action: 'take', to: taken, test: take })
    if (isOptional) this.#linkPast(state, { stage, past }, place)
    if (ignore === undefined) return state
    let waiting = state
    if (isOptional || isHeadOfOptionalGroup(place)) {
      // Whoever has begun to wait for the stage does not leave it out any more.
      waiting = this.#newState('middle', stage)
      link(waiting, { action: 'take', to: taken, test: take })
      link(waiting, { action: 'ignore', to: waiting, test: ignore })
      this.#addStops(waiting, place)
    }
    link(state, { action: 'ignore', to: waiting, test: ignore })
    return state
  }

  #linkPast(
    state: Draft,
    { stage, past }: { readonly stage: TakingStage; readonly past: Draft },
    place: Place,
  ): void {
    const open = this.#openTest(place)
    if (!stage.isGreedy || stage.until === undefined) {
      return link(state, { action: 'proceed', to: past, test: open })
    }
    const until = this.#testOf(stage.until)
    link(state, { action: 'proceed', to: this.#past.get(past) ?? past, test: and(open, until) })
    link(state, { action: 'proceed', to: past, test: and(open, not(until)) })
  }

  /** One round of a group. */
  #round(
    group: GroupStage,
    { sink, past, isOptional }: StepParts,
    { behind, around, isFirstRound }: Place & { readonly isFirstRound: boolean },
  ): Draft {
    const first = this.#sequence(group.stages, { sink, around: { group, isFirstRound }, behind })
    if (isOptional) link(first, { action: 'proceed', to: past, test: this.#openTest({ around }) })
    return first
  }

  /** What takes events, or rounds, without end. */
  #loop(stage: Repeated, sink: Draft, place: Place): Draft {
    const open = this.#openTest(place)
    if (stage.kind === 'group') {
      const again = this.#newState()
      const around = { group: stage, isFirstRound: false }
      const first = this.#sequence(stage.stages, { sink: again, around, behind: place.behind })
      link(first, { action: 'proceed', to: sink, test: open })
      link(again, { action: 'proceed', to: first, test: open })
      return first
    }
    const { until, isGreedy } = stage
    const ignore = this.#unless(until, this.#innerIgnoreTest(stage, place))
    const take = this.#unless(until, this.#takeTest(stage, place)) ?? ALWAYS
    const state = this.#newState('middle', stage)
    if (isGreedy && until !== undefined) {
      const ended = this.#copyOf(sink)
      const untilTest = this.#testOf(until)
      link(state, { action: 'proceed', to: ended, test: and(open, untilTest) })
      this.#past.set(sink, ended)
      link(state, { action: 'proceed', to: sink, test: and(open, not(untilTest)) })
    } else link(state, { action: 'proceed', to: sink, test: open })
    if (isGreedy) forbidAll(sink, this.#takeTest(stage, place))
    link(state, { action: 'take', to: state, test: take })
    this.#addStopsBehind(state, place)
    if (ignore === undefined) return state
    const waiting = this.#newState('middle', stage)
    link(waiting, { action: 'take', to: state, test: take })
    link(waiting, { action: 'ignore', to: waiting, test: ignore })
    link(state, { action: 'ignore', to: waiting, test: ignore })
    this.#addStopsBehind(waiting, place)
    return state
  }

  /** The state behind what is optional, without what must not come before it: an event that was taken ends that. */
  #withoutStops(sink: Draft, place: Place): Draft {
    const stage = place.stages[place.at]
    const stops = this.#notsBefore(place).map(({ stage: its }) => this.#stops.get(its))
    if (stops.length === 0 || stage === undefined || stage.kind === 'not' || !stage.isOptional) return sink
    const copy = this.#newState(sink.kind, sink)
    for (const edge of sink.edges) {
      if (edge.action !== 'proceed') link(copy, { ...edge, to: edge.to === sink ? copy : edge.to })
      else if (edge.to.kind !== 'stop') {
        link(copy, { ...edge, to: this.#withoutStops(edge.to, place) })
      } else if (!stops.includes(edge.to)) link(copy, { ...edge, to: edge.to })
    }
    return copy
  }

  #copyOf(state: Draft): Draft {
    const copy = this.#newState(state.kind, state)
    for (const edge of state.edges) link(copy, { ...edge, to: edge.to === state ? copy : edge.to })
    return copy
  }

  /** What must not come before this stage. */
  #notsBefore({ stages, at, around }: Place): readonly { readonly stage: NotStage; readonly test: Test }[] {
    const found: { readonly stage: NotStage; readonly test: Test }[] = []
    for (let before = at - 1; before >= 0; before--) {
      const stage = stages[before]
      if (stage === undefined) break
      if (stage.kind === 'not' && stage.contiguity === 'notFollowedBy') {
        found.push({ stage, test: this.#takeTest(stage, { around }) })
      } else if (stage.kind === 'not' || !stage.isOptional) break
    }
    return found
  }

  #addStops(state: Draft, place: Place): void {
    for (const { stage, test } of this.#notsBefore(place)) {
      link(state, { action: 'proceed', to: this.#stopOf(stage, test), test })
    }
  }

  /** Between the events of a stage, what must not come behind it must not come either. */
  #addStopsBehind(state: Draft, { behind, around }: Place): void {
    if (behind?.kind !== 'not' || behind.contiguity !== 'notFollowedBy') return
    const test = this.#takeTest(behind, { around })
    link(state, { action: 'proceed', to: this.#stopOf(behind, test), test })
  }

  #stopOf(stage: NotStage, test: Test): Draft {
    let state = this.#stops.get(stage)
    if (state === undefined) {
      state = this.#newState('stop')
      link(state, { action: 'take', to: state, test })
      this.#stops.set(stage, state)
    }
    return state
  }

  #takeTest(stage: Stage, { around }: Pick<Place, 'around'>): Test {
    return this.#unless(around?.group.until, this.#ownTest(stage)) ?? ALWAYS
  }

  #ownTest(stage: Stage): Test {
    return stage.kind === 'group' || stage.condition === undefined ? ALWAYS : this.#testOf(stage.condition)
  }

  #openTest({ around }: Pick<Place, 'around'>): Test {
    return this.#unless(around?.group.until, ALWAYS) ?? ALWAYS
  }

  /** What may be passed over before the first event of a stage. */
  #ignoreTest(stage: Repeated, place: Place): Test | undefined {
    const { around } = place
    if (around === undefined || place.at > 0) return this.#passedOver(stage, stage.contiguity, place)
    const { group, isFirstRound } = around
    return this.#passedOver(stage, isFirstRound ? group.contiguity : group.inner, place)
  }

  /** What may be passed over between the events of a stage. */
  #innerIgnoreTest(stage: Repeated, place: Place): Test | undefined {
    const { around, at } = place
    return this.#passedOver(stage, around === undefined || at > 0 ? stage.inner : around.group.inner, place)
  }

  #passedOver(
    stage: Repeated,
    contiguity: Contiguity | InnerContiguity,
    { around }: Place,
  ): Test | undefined {
    const until = around?.group.until
    switch (contiguity) {
      case 'next':
      case 'consecutive':
        return undefined
      case 'followedBy':
      case 'relaxed':
        return this.#unless(until, not(this.#ownTest(stage)))
      case 'followedByAny':
      case 'combinations':
        return this.#unless(until, ALWAYS)
    }
  }

  /** A test that an `until` ends. */
  #unless(until: Condition | undefined, test: Test | undefined): Test | undefined {
    return until === undefined || test === undefined ? test : and(not(this.#testOf(until)), test)
  }

  #testOf(condition: Condition): Test {
    let test = this.#tests.get(condition)
    if (test === undefined) {
      test = { kind: 'condition', condition: this.#conditions.push(condition) - 1 }
      this.#tests.set(condition, test)
    }
    return test
  }

  #newState(kind: StateKind = 'middle', of?: TakingStage | State): Draft {
    const stage = of === undefined ? -1 : 'name' in of ? this.#names.indexOf(of.name) : of.stage
    const state: Draft = { number: this.#states.length, kind, stage, edges: [] }
    this.#states.push(state)
    return state
  }
}

function link(
  from: Draft,
  { action, to, test }: Pick<DraftEdge, 'action' | 'test'> & { readonly to: Draft },
): void {
  from.edges.push({ action, from, to, test })
}

/** Greedy: whatever leads on does so only for events that the loop does not take. */
function forbidAll(state: Draft, taken: Test): void {
  for (const edge of state.edges) edge.test = and(edge.test, not(taken))
}

function isHeadOfOptionalGroup({ at, around }: Place): boolean {
  return around !== undefined && at === 0 && around.isFirstRound && around.group.isOptional
}

/** Whether a stage, or a group around it, takes several events. */
function takesMany(stages: readonly Stage[], name: string): boolean {
  return stages.some(stage => {
    if (stage.kind === 'not') return false
    if (stage.kind === 'takes') return stage.name === name && stage.isCounted
    return (stage.isCounted && takingNames(stage.stages).includes(name)) || takesMany(stage.stages, name)
  })
}
