/** Joins of two keyed streams by time: which kind, its options say; each has one step with two inputs. */
import { describeValue, GraphError } from '../errors.ts'
import type { KernelFactory, Nature, PortRef } from '../graph/index.ts'
import { checkOptions } from './check-options.ts'
import type { FoldedParts } from './folded-stream.ts'
import { type AsOfHow, type AsOfJoinOptions, asOfKernel } from './joins/as-of.ts'
import {
  type CogroupOptions,
  type CogroupStep,
  cogroupOf,
  cogroupStep,
  rowsBy,
  type WindowJoinOptions,
  type WindowJoinRow,
} from './joins/cogroup.ts'
import { checkHow, HOWS, type JoinHow, type JoinRow } from './joins/how.ts'
import { type IntervalJoinOptions, intervalKernel } from './joins/interval.ts'
import { checkTwoStreams } from './joins/two-streams.ts'
import { NATURES } from './natures.ts'
import { policyOf, type StepOptions } from './scope.ts'
import type { KeyedStream } from './stream.ts'
import type { UnboundedJoinOptions } from './tables/join-options.ts'
import { joinUnbounded } from './tables/stream-joins.ts'
import { LATE_OF_SIDE } from './window/window.ts'
import type { RetractOption } from './window/window-options.ts'
import { natureOf } from './windowed-stream.ts'

/** What came too late to be joined, by the side that it came from, unchanged. */
export interface LateSides<K, L, R> {
  readonly left: KeyedStream<K, L>
  readonly right: KeyedStream<K, R>
}

/** What comes out of a join. Without `late`, what came too late is only counted. */
export type JoinStream<K, L, R, Row> = KeyedStream<K, Row> & { readonly late: LateSides<K, L, R> }

/** What comes out of a join within an interval, or as of a time. */
export type JoinOf<H extends JoinHow, K, L, R> = JoinStream<K, L, R, JoinRow<H, K, L, R>>

/** What comes out of a window join. */
export type WindowJoinOf<H extends JoinHow, K, L, R> = JoinStream<K, L, R, WindowJoinRow<H, K, L, R>>

/** The two streams of a join. */
export interface JoinInputs {
  readonly left: FoldedParts
  readonly right: PortRef
}

const CHOICES =
  'within: how far apart in time the two may be, such as { before: "1m", after: "15m" }; or window: both in the same window, such as tumbling("10s"); or asOf: true, for the newest right element that is not later; or unbounded: true, for all of the same key whenever they come'
const WINDOW_OPTIONS = ['window', 'lateness', 'emit', 'retract', 'late'] as const

/** Adds a join. Throws `OPTION_INVALID`, and `GRAPH_INVALID` for streams that cannot be joined. */
export function addJoin(inputs: JoinInputs, options: unknown): unknown {
  if (typeof options !== 'object' || options === null) {
    throw new GraphError(
      'OPTION_INVALID',
      `join was given ${describeValue(options)} as its options; expected an object with ${CHOICES}`,
    )
  }
  checkTwoStreams(inputs.left.port, inputs.right, 'join')
  const kinds = ['within', 'window', 'asOf', 'unbounded'].filter(name => name in options)
  if (kinds.length > 1) {
    throw new GraphError(
      'OPTION_INVALID',
      `join was given ${kinds.join(' and ')}; expected one of ${CHOICES}`,
    )
  }
  switch (kinds[0]) {
    case 'within': {
      checkOptions(options, ['within', 'how', 'lateness', 'id', 'onError'], 'join with within')
      // What it holds is checked by whoever reads it, here and below.
      const given = options as IntervalJoinOptions<JoinHow>
      return addTimed(inputs, { factory: intervalKernel(given), within: 'join within', options: given })
    }
    case 'asOf': {
      checkOptions(
        options,
        ['asOf', 'how', 'maxAge', 'removed', 'remember', 'id', 'onError'],
        'join with asOf',
      )
      const given = options as AsOfJoinOptions<AsOfHow>
      return addTimed(inputs, { factory: asOfKernel(given), within: 'join asOf', options: given })
    }
    case 'window': {
      checkOptions(options, [...WINDOW_OPTIONS, 'how', 'id', 'onError'], 'join with window')
      return addWindowJoin(inputs, options as WindowJoinOptions<JoinHow>)
    }
    case 'unbounded': {
      const { left, right } = inputs
      return joinUnbounded(left.keyed(left.port), left.keyed(right), options as UnboundedJoinOptions<JoinHow>)
    }
    default:
      throw new GraphError('OPTION_INVALID', `join was not told what belongs together; give ${CHOICES}`)
  }
}

/** Adds a `cogroup`. Throws as `addJoin` does. */
export function addCogroup(inputs: JoinInputs, options: CogroupOptions & Partial<RetractOption>): unknown {
  checkOptions(options, [...WINDOW_OPTIONS, 'id', 'onError'], 'cogroup')
  checkTwoStreams(inputs.left.port, inputs.right, 'cogroup')
  const { id, onError, ...given } = options
  const step = cogroupStep(given, 'cogroup')
  const rest = stepOptions(id, onError)
  return addWindowStep(inputs, step, { name: 'cogroup', rows: { kind: 'map', fn: cogroupOf }, ...rest })
}

function addTimed(
  inputs: JoinInputs,
  { options, ...step }: { factory: KernelFactory; within: string; options: StepOptions },
): unknown {
  const rest = stepOptions(options.id, options.onError)
  const { output, late } = addSides(inputs, { name: 'join', nature: NATURES.join, ...step, ...rest })
  return Object.assign(output, { late })
}

function addWindowJoin(inputs: JoinInputs, options: WindowJoinOptions<JoinHow>): unknown {
  const { how: asked = 'inner', id, onError, ...given } = options
  const how = checkHow(asked, HOWS, 'join')
  const step = cogroupStep(given, 'join')
  const rest = stepOptions(id, onError)
  return addWindowStep(inputs, step, { name: 'join', rows: { kind: 'flatMap', fn: rowsBy(how) }, ...rest })
}

interface WindowStep extends StepOptions {
  readonly name: 'join' | 'cogroup'
  /** What is made of each window: a row, or any number. */
  readonly rows:
    | { readonly kind: 'map'; readonly fn: (given: unknown) => unknown }
    | { readonly kind: 'flatMap'; readonly fn: (given: unknown) => readonly unknown[] }
}

/** Adds the window step of both sides, and the step that makes rows of its results. */
function addWindowStep(
  inputs: JoinInputs,
  { factory, fold, rules, windows }: CogroupStep,
  { name, rows, ...options }: WindowStep,
): unknown {
  const { tableOf } = inputs.left
  const nature = natureOf(fold, windows, rules)
  const step = { name, factory, nature, within: `${name} ${windows.kind}`, ...options }
  const { output, late } = addSides(inputs, step)
  const policy = stepOptions(undefined, options.onError)
  // Both have these, called in the same way.
  const results = (rules.retracts ? tableOf(output, false) : output) as typeof output
  const given = rows.kind === 'map' ? results.map(rows.fn, policy) : results.flatMap(rows.fn, policy)
  return Object.assign(given, { late })
}

interface SidedStep extends StepOptions {
  readonly name: 'join' | 'cogroup'
  readonly factory: KernelFactory
  readonly nature: Nature
  readonly within: string
}

/** The stream of a step with two inputs, and what came too late. */
interface Sided {
  readonly output: KeyedStream<unknown, unknown>
  readonly late: LateSides<unknown, unknown, unknown>
}

/** Adds a step that tells its two inputs apart, and gives its stream with what came too late for it. */
function addSides({ left, right }: JoinInputs, { name, within, nature, factory, ...step }: SidedStep): Sided {
  const { scope, keyed } = left
  const hint = `it is what came too late for a ${name}`
  const late = LATE_OF_SIDE.map(output => scope.builder.sideOutput(output, hint))
  const [lateLeft, lateRight] = late
  const output = scope.builder.add({
    kind: 'process',
    id: step.id,
    name,
    nature,
    onError: policyOf(scope, name, step),
    inputs: [left.port, right],
    within: [within],
    outputs: LATE_OF_SIDE,
    sideOutputs: late,
    logic: { kind: 'kernel', keyed: true, factory },
  })
  return {
    output: keyed(output),
    late: { left: keyed(lateLeft ?? output), right: keyed(lateRight ?? output) },
  }
}

function stepOptions(id: StepOptions['id'], onError: StepOptions['onError']): StepOptions {
  return { ...(id === undefined ? {} : { id }), ...(onError === undefined ? {} : { onError }) }
}
