/**
 * The stages of a pattern as data, and what can be wrong with them.
 *
 * Invariant: what `checkStages` has passed can be built into an automaton, and says what it seems to say.
 */
import { describeValue, GraphError } from '../../errors.ts'

/** A condition without its types: the event, and the events taken so far by stage. */
export type Condition = (event: never, taken: never) => unknown

/** How a stage follows the one before: at once, or after what does not match it, or after anything. */
export type Contiguity = 'next' | 'followedBy' | 'followedByAny'

/** How the events within a stage follow one another: at once, after what does not match, or in any combination. */
export type InnerContiguity = 'consecutive' | 'relaxed' | 'combinations'

/** How many events a stage takes, and how it chooses among the ways to do so. */
export interface Quantifier {
  /** Whether it was said how often; else it is once. */
  readonly isCounted: boolean
  readonly from: number
  /** +∞: there is no most. */
  readonly to: number
  readonly isOptional: boolean
  readonly isGreedy: boolean
  readonly inner: InnerContiguity
  /** Where the stage takes no more. */
  readonly until: Condition | undefined
}

/** A stage that takes events. */
export interface TakingStage extends Quantifier {
  readonly kind: 'takes'
  readonly name: string
  readonly contiguity: Contiguity
  readonly condition: Condition | undefined
}

/** Several stages that are repeated, or left out, together. */
export interface GroupStage extends Quantifier {
  readonly kind: 'group'
  readonly contiguity: Contiguity
  readonly stages: readonly Stage[]
}

/** What must not come. */
export interface NotStage {
  readonly kind: 'not'
  readonly name: string
  readonly contiguity: 'notNext' | 'notFollowedBy'
  readonly condition: Condition | undefined
}

/** One stage. */
export type Stage = TakingStage | GroupStage | NotStage

/** Taken once: what a stage does of which nothing else was said. */
export const ONCE: Quantifier = {
  isCounted: false,
  from: 1,
  to: 1,
  isOptional: false,
  isGreedy: false,
  inner: 'relaxed',
  until: undefined,
}

/** The name under which each match has its key. */
const KEY_FIELD = 'key'
const NAME = /^[A-Za-z]\w{0,39}$/

/** The names of the stages that take events, those in groups included, in the order of the pattern. */
export function takingNames(stages: readonly Stage[]): readonly string[] {
  return stages.flatMap(stage => {
    if (stage.kind === 'group') return takingNames(stage.stages)
    return stage.kind === 'takes' ? [stage.name] : []
  })
}

/** Refuses a name that no stage can have. */
export function checkStageName(name: unknown, method: string): asserts name is string {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw invalid(
      `${method} was given the name ${describeValue(name)}; expected a letter, then letters, digits and "_"`,
    )
  }
  if (name === KEY_FIELD)
    throw invalid('a stage is called "key", where matches have their key: give it another name')
}

/** Refuses a pattern that means nothing, or not what it seems to. `withinMs` is undefined where there is no limit. */
export function checkStages(stages: readonly Stage[], withinMs: number | undefined): void {
  checkUnique(allNames(stages))
  const last = stages.at(-1)
  if (last?.kind === 'not' && last.contiguity === 'notFollowedBy' && withinMs === undefined) {
    throw invalid(
      `the pattern ends with notFollowedBy("${last.name}"), of which nobody could ever be sure: say within what time, with within(…)`,
    )
  }
}

/** Refuses a stage that cannot follow those before. */
export function checkFollows(before: readonly Stage[], stage: Stage): void {
  if (stage.kind === 'group') return checkGroup(stage)
  if (stage.kind !== 'not') return
  const last = before.at(-1)
  const what = `${stage.contiguity}("${stage.name}")`
  if (last === undefined) throw invalid(`a pattern cannot begin with ${what}: begin with what takes an event`)
  if (last.kind !== 'not' && last.isOptional) {
    throw invalid(
      `${what} comes after ${describeStage(last)}, which is optional: after what it must not come would be unclear; make two patterns, one with and one without the optional stage`,
    )
  }
  if (last.kind === 'not' && last.contiguity === 'notFollowedBy' && stage.contiguity === 'notNext') {
    throw invalid(`${what} comes after ${describeStage(last)}, so it would not be next: put it before that`)
  }
}

/** Whether a stage can be passed without an event. */
export function mayBeEmpty(stage: Stage): boolean {
  if (stage.kind === 'not' || stage.isOptional) return true
  return stage.kind === 'group' && stage.stages.every(mayBeEmpty)
}

/** A stage, for people. */
export function describeStage(stage: Stage): string {
  switch (stage.kind) {
    case 'takes':
      return `stage "${stage.name}"`
    case 'group':
      return `the group of ${takingNames(stage.stages).join(', ')}`
    case 'not':
      return `${stage.contiguity}("${stage.name}")`
  }
}

/** What a pattern is, so that state which another pattern has left is not taken for its own. */
export function fingerprintOfStages(stages: readonly Stage[]): string {
  return stages.map((stage, number) => fingerprintOf(stage, number === 0)).join(' ')
}

/** The error of a pattern that cannot be. */
export function invalid(message: string): GraphError {
  return new GraphError('OPTION_INVALID', `pattern: ${message}`)
}

function checkGroup(group: GroupStage): void {
  const last = group.stages.at(-1)
  if (last?.kind !== 'not') return
  throw invalid(
    `${describeStage(group)} ends with ${describeStage(last)}: put what must not come behind the group, or before its last stage`,
  )
}

function allNames(stages: readonly Stage[]): readonly string[] {
  return stages.flatMap(stage => (stage.kind === 'group' ? allNames(stage.stages) : [stage.name]))
}

function checkUnique(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice === undefined) return
  throw invalid(`two stages are called "${twice}"; names are unique in a pattern: rename one`)
}

function fingerprintOf(stage: Stage, isFirst: boolean): string {
  const { contiguity } = stage
  const lead = isFirst ? 'begin' : contiguity
  if (stage.kind === 'not') return `${lead} ${stage.name}`
  const what = stage.kind === 'group' ? `(${fingerprintOfStages(stage.stages)})` : stage.name
  const { isCounted, from, to, isOptional, isGreedy, inner, until } = stage
  const marks = [
    isCounted ? `{${from},${to === Number.POSITIVE_INFINITY ? '' : to}} ${inner}` : '',
    isOptional ? '?' : '',
    isGreedy ? ' greedy' : '',
    until === undefined ? '' : ' until',
  ]
  return `${lead} ${what}${marks.join('')}`
}
