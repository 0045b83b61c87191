/** Patterns over events, as users write them: stages one after the other, each with a condition. Pure data. */
import { describeValue } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import { checkFunction } from '../check-options.ts'
import { patternKernel } from './pattern-kernel.ts'
import type { Counted, StageType, StageTypes, TakenEvents, WithStage } from './pattern-types.ts'
import {
  type Condition,
  type Contiguity,
  checkFollows,
  checkStageName,
  describeStage,
  type GroupStage,
  type InnerContiguity,
  invalid,
  mayBeEmpty,
  ONCE,
  type Quantifier,
  type Stage,
  type TakingStage,
} from './stage.ts'

/** Whether an event belongs to a stage: it, and the events taken so far by stage, those of this stage included. */
export type StageCondition<T, S extends StageTypes> = (event: T, taken: TakenEvents<S>) => boolean

/** The same, for one that also says of what type the event is. */
export type StageGuard<T, E extends T, S extends StageTypes> = (event: T, taken: TakenEvents<S>) => event is E

/** A pattern as `match` takes it, for events of type `T`. */
export interface AnyPattern<in T, out S extends StageTypes> {
  readonly stages: readonly Stage[]
  readonly withinMs: number | undefined
  /** The kernel that searches for it. Throws `OPTION_INVALID` for what cannot be searched for. */
  readonly kernel: (skip: unknown) => KernelFactory
  /** What its conditions take, and what its stages are; there is no such field. */
  readonly types?: readonly [takes: (event: T) => void, stages: S]
}

/** A pattern before its first stage. */
export interface PatternStart<T> {
  /** The first stage: takes an event for which `where` gives true, or any event without it. */
  begin<N extends string, E extends T>(
    name: N,
    where: (event: T) => event is E,
  ): Pattern<T, Record<N, StageType<E, 'one'>>, N>
  begin<N extends string>(
    name: N,
    where?: StageCondition<T, Record<N, StageType<T>>>,
  ): Pattern<T, Record<N, StageType<T, 'one'>>, N>
  /** Begins with a group of stages, to be repeated or left out together. */
  begin<G extends StageTypes>(group: AnyPattern<T, G>): Pattern<T, G, keyof G & string>
}

/** The stages that there would be with a further one, which may ask for its own events too. */
type Asking<T, S, N extends string> = WithStage<S, N, StageType<T>>

/**
 * A sequence of stages. Each method gives a new pattern; nothing runs before `match`. Conditions are called
 * once at most for an event and a partial match, in the order of event time; they must not be asynchronous, and
 * should depend on nothing but what they are given.
 *
 * It means what a pattern of Flink CEP 1.20 means.
 */
export class Pattern<in out T, in out S extends StageTypes, in out L extends string>
  implements AnyPattern<T, S>
{
  /** The stages, in order. */
  readonly stages: readonly Stage[]
  /** The time that a match may take, from its first event; undefined: for ever. */
  readonly withinMs: number | undefined
  /** The types of the stages; there is no such field. */
  declare readonly types?: readonly [takes: (event: T) => void, stages: S]
  /** The names of the last stage, or of those of the last group; there is no such field. */
  declare protected readonly last: L

  constructor(stages: readonly Stage[], withinMs: number | undefined) {
    this.stages = stages
    this.withinMs = withinMs
  }

  /** The kernel that searches for it; `match` asks for it. Throws `OPTION_INVALID` for what cannot be searched for. */
  readonly kernel = (skip: unknown): KernelFactory => patternKernel(this, skip)

  /** The next event of the key, without any other in between. */
  next<N extends string, E extends T>(
    name: N,
    where: StageGuard<T, E, Asking<T, S, N>>,
  ): Pattern<T, WithStage<S, N, StageType<E, 'one'>>, N>
  next<N extends string>(
    name: N,
    where?: StageCondition<T, Asking<T, S, N>>,
  ): Pattern<T, WithStage<S, N, StageType<T, 'one'>>, N>
  next<G extends StageTypes>(group: AnyPattern<T, G>): Pattern<T, S & G, keyof G & string>
  next(given: unknown, where?: Condition): unknown {
    return this.#then('next', given, where)
  }

  /** The first event afterwards that matches: events that do not are passed over. */
  followedBy<N extends string, E extends T>(
    name: N,
    where: StageGuard<T, E, Asking<T, S, N>>,
  ): Pattern<T, WithStage<S, N, StageType<E, 'one'>>, N>
  followedBy<N extends string>(
    name: N,
    where?: StageCondition<T, Asking<T, S, N>>,
  ): Pattern<T, WithStage<S, N, StageType<T, 'one'>>, N>
  followedBy<G extends StageTypes>(group: AnyPattern<T, G>): Pattern<T, S & G, keyof G & string>
  followedBy(given: unknown, where?: Condition): unknown {
    return this.#then('followedBy', given, where)
  }

  /** Each event afterwards that matches: also those that do are passed over, for a further match. */
  followedByAny<N extends string, E extends T>(
    name: N,
    where: StageGuard<T, E, Asking<T, S, N>>,
  ): Pattern<T, WithStage<S, N, StageType<E, 'one'>>, N>
  followedByAny<N extends string>(
    name: N,
    where?: StageCondition<T, Asking<T, S, N>>,
  ): Pattern<T, WithStage<S, N, StageType<T, 'one'>>, N>
  followedByAny<G extends StageTypes>(group: AnyPattern<T, G>): Pattern<T, S & G, keyof G & string>
  followedByAny(given: unknown, where?: Condition): unknown {
    return this.#then('followedByAny', given, where)
  }

  /** The next event must not be such a one. At the end of a pattern, another one has to come to say so. */
  notNext<N extends string>(name: N, where?: StageCondition<T, Asking<T, S, N>>): Pattern<T, S, never> {
    return this.#not('notNext', name, where)
  }

  /**
   * No such event may come before the next stage has its event; at the end of a pattern, none before the
   * time of `within` is over, which is when the match is given.
   */
  notFollowedBy<N extends string>(name: N, where?: StageCondition<T, Asking<T, S, N>>): Pattern<T, S, never> {
    return this.#not('notFollowedBy', name, where)
  }

  /** The last stage takes `from` events, or up to `to`; each number of them is a match. From 0 on it is optional. */
  times(from: number, to: number = from): Pattern<T, Counted<S, L, 'many'>, L> {
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < Math.max(from, 1)) {
      throw invalid(
        `times was given ${describeValue(from)} and ${describeValue(to)}; expected whole numbers, the second not below the first, nor below 1`,
      )
    }
    const isOptional = from === 0
    return this.#counted({ from: Math.max(from, 1), to, ...(isOptional ? { isOptional } : {}) }, 'times')
  }

  /** The last stage takes one event or more; each number of them is a match, unless it is `greedy` or what follows decides. */
  oneOrMore(): Pattern<T, Counted<S, L, 'many'>, L> {
    return this.#counted({ from: 1, to: Number.POSITIVE_INFINITY }, 'oneOrMore')
  }

  /** The last stage takes so many events or more. */
  timesOrMore(from: number): Pattern<T, Counted<S, L, 'many'>, L> {
    if (!Number.isSafeInteger(from) || from < 1)
      throw invalid(`timesOrMore was given ${describeValue(from)}; expected a whole number from 1 on`)
    return this.#counted({ from, to: Number.POSITIVE_INFINITY }, 'timesOrMore')
  }

  /** The last stage may be left out: a match with it and one without. */
  optional(): Pattern<T, { readonly [K in keyof S & string]: K extends L ? OptionalOf<S[K]> : S[K] }, L> {
    const before = this.stages.at(-2)
    if (before !== undefined && before.kind !== 'not' && before.isGreedy)
      throw invalid(`optional follows ${describeStage(before)}, which is greedy: that is not supported`)
    return this.#quantified('optional', stage => {
      if (stage.isOptional) throw invalid(`optional: ${describeStage(stage)} is optional already`)
      return { isOptional: true }
    })
  }

  /** The last stage, which takes several events, takes as many as it can: an event that it can take goes on to no other. */
  greedy(): Pattern<T, S, L> {
    return this.#quantified('greedy', stage => {
      this.#needsCount('greedy', stage)
      if (stage.kind === 'group')
        throw invalid(`greedy: ${describeStage(stage)} is a group; greedy is for a single stage`)
      if (stage.inner === 'combinations')
        throw invalid('greedy and allowCombinations exclude one another: leave one out')
      return { isGreedy: true }
    })
  }

  /** The events of the last stage, which takes several, follow one another without any other in between. */
  consecutive(): Pattern<T, S, L> {
    return this.#inner('consecutive', 'consecutive')
  }

  /** The last stage, which takes several events, takes them in all combinations: it also passes over those that match. */
  allowCombinations(): Pattern<T, S, L> {
    return this.#inner('allowCombinations', 'combinations')
  }

  /** The last stage, of `oneOrMore` or `timesOrMore`, takes no more from the first event on for which this gives true. */
  until(condition: StageCondition<T, S>): Pattern<T, S, L> {
    checkFunction(condition, 'until')
    return this.#quantified('until', stage => {
      if (stage.to !== Number.POSITIVE_INFINITY)
        throw invalid(
          `until: ${describeStage(stage)} takes no open number of events: use it behind oneOrMore or timesOrMore`,
        )
      if (stage.until !== undefined) throw invalid(`until: ${describeStage(stage)} has one already`)
      return { until: condition }
    })
  }

  /**
   * A match takes less than this, in event time, from its first event to its last. When the watermark has come
   * so far, what is not complete is given up and comes out by `timedOut`.
   */
  within(duration: Duration): Pattern<T, S, L> {
    if (this.withinMs !== undefined)
      throw invalid('within was said twice; it is for the whole pattern: say it once')
    return new Pattern(this.stages, positiveDurationMs(duration, 'within'))
  }

  #then(contiguity: Contiguity, given: unknown, where: Condition | undefined): unknown {
    return new Pattern([...this.stages, stageOf(contiguity, given, where)], this.withinMs)
  }

  #not(contiguity: 'notNext' | 'notFollowedBy', name: string, where: unknown): Pattern<T, S, never> {
    checkStageName(name, contiguity)
    const stage: Stage = { kind: 'not', name, contiguity, condition: conditionOf(where, contiguity) }
    checkFollows(this.stages, stage)
    return new Pattern([...this.stages, stage], this.withinMs)
  }

  #counted(
    count: Pick<Quantifier, 'from' | 'to'> & Partial<Pick<Quantifier, 'isOptional'>>,
    method: string,
  ): Pattern<T, Counted<S, L, 'many'>, L> {
    return this.#quantified(method, stage => {
      if (stage.kind === 'group' && count.to === Number.POSITIVE_INFINITY && mayBeEmpty(stage))
        throw invalid(
          `${method}: ${describeStage(stage)} could go round without taking an event: let one of its stages not be optional`,
        )
      if (stage.isCounted)
        throw invalid(`${method}: how many events ${describeStage(stage)} takes was said already`)
      return { isCounted: true, ...count }
    })
  }

  #inner(method: string, inner: InnerContiguity): Pattern<T, S, L> {
    return this.#quantified(method, stage => {
      this.#needsCount(method, stage)
      if (stage.inner !== 'relaxed')
        throw invalid(`${method}: ${describeStage(stage)} is ${stage.inner} already`)
      if (stage.isGreedy && inner === 'combinations')
        throw invalid('greedy and allowCombinations exclude one another: leave one out')
      return { inner }
    })
  }

  #needsCount(method: string, stage: TakingStage | GroupStage): void {
    if (!stage.isCounted)
      throw invalid(
        `${method}: ${describeStage(stage)} takes one event: say how many first, with times, oneOrMore or timesOrMore`,
      )
  }

  #quantified<S2 extends StageTypes>(
    method: string,
    change: (stage: TakingStage | GroupStage) => Partial<Quantifier>,
  ): Pattern<T, S2, L> {
    const last = this.stages.at(-1)
    if (last === undefined || last.kind === 'not') {
      const what = last === undefined ? 'nothing' : describeStage(last)
      throw invalid(`${method} was said of ${what}; it is for a stage that takes events`)
    }
    return new Pattern([...this.stages.slice(0, -1), { ...last, ...change(last) }], this.withinMs)
  }
}

/** What a stage is once it may be left out. */
type OptionalOf<X extends StageType> = StageType<
  X['element'],
  X['count'] extends 'many' ? 'many' : 'optional'
>

/**
 * Begins a pattern over events of type `T`, for `match` of a keyed stream.
 *
 * ```ts
 * const tested = pattern<Payment>()
 *   .begin('small', payment => payment.amount < 1)
 *   .followedBy('large', payment => payment.amount > 500)
 *   .within('10m')
 * ```
 */
export function pattern<T>(): PatternStart<T> {
  const begin = (given: unknown, where?: Condition): unknown =>
    new Pattern([stageOf('next', given, where)], undefined)
  // Of what stages it is, the interface says.
  return { begin } as PatternStart<T>
}

function stageOf(contiguity: Contiguity, given: unknown, where: unknown): Stage {
  if (given instanceof Pattern) return groupOf(contiguity, { stages: given.stages, withinMs: given.withinMs })
  const method = contiguity
  checkStageName(given, method)
  return { kind: 'takes', name: given, contiguity, condition: conditionOf(where, method), ...ONCE }
}

function groupOf(
  contiguity: Contiguity,
  { stages, withinMs }: Pick<AnyPattern<never, StageTypes>, 'stages' | 'withinMs'>,
): Stage {
  const group: GroupStage = { kind: 'group', contiguity, stages, ...ONCE }
  if (withinMs !== undefined)
    throw invalid(`${describeStage(group)} has a within of its own: say it once, of the whole pattern`)
  checkFollows([], group)
  return group
}

function conditionOf(where: unknown, method: string): Condition | undefined {
  if (where === undefined) return undefined
  checkFunction(where, method)
  return where as Condition
}
