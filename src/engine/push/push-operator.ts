/** Step → operator, where elements are pushed from outside: state is in memory, sinks commit at once. */
import { GraphError, unreachable } from '../../errors.ts'
import type { ProcessStep, SinkStep, Step, TimeSpec } from '../../graph/index.ts'
import { Cells } from '../../state/index.ts'
import { functionOperator } from '../function-operator.ts'
import { MapFilterOperator, SinkOperator } from '../function-operators.ts'
import { NOWHERE, type Operator } from '../operator.ts'
import { ProcessOperator } from '../process-operator.ts'
import type { StepParts } from '../step-operator.ts'
import { EagerSink } from './eager-sink.ts'

/** What an operator has around it. */
export interface PushParts extends StepParts {
  /** The main output of the step, and its side outputs. */
  readonly main: Operator
  readonly sides: ReadonlyMap<string, Operator>
  /** Called when the step will give nothing any more. */
  readonly complete: () => void
  readonly makeTime: MakeTime | undefined
}

/** Makes the operator of a step that gives event time; small streams have none. */
export type MakeTime = (id: string, time: TimeSpec, parts: StepParts) => Operator

/** The operator of a step; a merge has none, its output takes the elements. */
export function pushOperator(step: Step, parts: PushParts): Operator {
  switch (step.kind) {
    case 'map':
      // What stands below may change: a filter may come.
      return new MapFilterOperator(parts, step.fn)
    case 'async':
    case 'filter':
    case 'flatMap':
    case 'exchange':
      return functionOperator(step, parts)
    case 'process':
      return processOperator(step, parts)
    case 'sink':
      return sinkOperator(step, parts)
    case 'merge':
    case 'source':
      return parts.main
    default:
      return unreachable(step)
  }
}

function processOperator(step: ProcessStep, parts: PushParts): Operator {
  const { logic } = step
  if (logic.kind === 'time') {
    if (parts.makeTime !== undefined) return parts.makeTime(step.id, logic.time, parts)
    throw new GraphError('GRAPH_INVALID', `${step.name} needs a stream of sluice/live or sluice`, {
      step: step.id,
    })
  }
  return new ProcessOperator(step, host => logic.factory.open(host), {
    ...parts,
    state: new Cells(),
    outputs: parts.sides,
  })
}

function sinkOperator({ id, target }: SinkStep, parts: PushParts): Operator {
  switch (target.kind) {
    case 'function':
      return new SinkOperator({ ...parts, next: NOWHERE }, target.fn)
    case 'connector':
      return new EagerSink(host => target.open(host), id, parts)
    case 'topic':
      throw new GraphError(
        'GRAPH_INVALID',
        `a live stream cannot write to topic "${target.topic.name}" by to(); send with a Producer: sink(value => producer.send(topic, value))`,
        { step: id },
      )
    default:
      return unreachable(target)
  }
}
