/** Joins of two keyed streams by time: which kind, its options say; each is one step with two inputs. */
import { describeValue, GraphError } from '../errors.ts'
import type { KernelFactory, PortRef } from '../graph/index.ts'
import { checkOptions } from './check-options.ts'
import type { FoldedParts } from './folded-stream.ts'
import { type JoinHow, type JoinRow, LATE_LEFT, LATE_RIGHT } from './joins/how.ts'
import { type IntervalJoinOptions, intervalKernel } from './joins/interval.ts'
import { NATURES } from './natures.ts'
import { policyOf, type StepOptions } from './scope.ts'
import type { KeyedStream } from './stream.ts'

/** What came too late to be joined, by the side that it came from, unchanged. */
export interface LateSides<K, L, R> {
  readonly left: KeyedStream<K, L>
  readonly right: KeyedStream<K, R>
}

/** What comes out of a join. Without `late`, what came too late is only counted. */
export type JoinStream<K, L, R, Row> = KeyedStream<K, Row> & { readonly late: LateSides<K, L, R> }

/** What comes out of a join that `how` says. */
export type JoinOf<H extends JoinHow, K, L, R> = JoinStream<K, L, R, JoinRow<H, K, L, R>>

/** The two streams of a join. */
export interface JoinInputs {
  readonly left: FoldedParts
  readonly right: PortRef
}

const CHOICES = 'within: how far apart in time the two may be'

/** Adds a join. Throws `OPTION_INVALID`, and `GRAPH_INVALID` for streams that cannot be joined. */
export function addJoin(inputs: JoinInputs, options: unknown): unknown {
  if (typeof options !== 'object' || options === null) {
    throw new GraphError(
      'OPTION_INVALID',
      `join was given ${describeValue(options)} as its options; expected an object with ${CHOICES}`,
    )
  }
  checkInputs(inputs, 'join')
  if ('within' in options) {
    checkOptions(options, ['within', 'how', 'id', 'onError'], 'join with within')
    // What it holds is checked by whoever reads it.
    const given = options as IntervalJoinOptions<JoinHow>
    return addSides(inputs, { factory: intervalKernel(given), within: 'join within', options: given })
  }
  throw new GraphError('OPTION_INVALID', `join was not told how elements belong together; give ${CHOICES}`)
}

interface SidedStep {
  readonly factory: KernelFactory
  readonly within: string
  readonly options: StepOptions
}

/** Adds a step that tells its two inputs apart, and gives its stream with what came too late for it. */
function addSides({ left, right }: JoinInputs, { factory, within, options }: SidedStep): unknown {
  const { scope, keyed } = left
  const hint = 'it is what came too late for a join'
  const late = [LATE_LEFT, LATE_RIGHT].map(output => scope.builder.sideOutput(output, hint))
  const output = scope.builder.add({
    kind: 'process',
    id: options.id,
    name: 'join',
    nature: NATURES.join,
    onError: policyOf(scope, 'join', options),
    inputs: [left.port, right],
    within: [within],
    outputs: [LATE_LEFT, LATE_RIGHT],
    sideOutputs: late,
    logic: { kind: 'kernel', keyed: true, factory },
  })
  const [lateLeft = output, lateRight = output] = late.map(port => port)
  return Object.assign(keyed(output), { late: { left: keyed(lateLeft), right: keyed(lateRight) } })
}

function checkInputs({ left, right }: JoinInputs, what: string): void {
  if (left.port === right) {
    throw new GraphError(
      'GRAPH_INVALID',
      `${what} was given the same stream twice, and a step reads a stream by one input only: give one side a step of its own, such as ${what}(stream.filter(() => true), …)`,
    )
  }
}
