/** Makes the inputs of one task: of source partitions, and of repartition topics. */
import type { Broker, InputPosition } from '../broker/index.ts'
import {
  type Compiled,
  type ExchangeEntrance,
  ExchangeInput,
  type Fragment,
  type Plan,
  type Scope,
  SourceInput,
  type TaskInput,
} from '../engine/index.ts'
import { InternalError } from '../errors.ts'
import { feedsUntimed, type SourceStep, stepOf } from '../graph/index.ts'
import { repartitionTopic } from './names.ts'
import type { RunFacts } from './prepare.ts'

/** What the inputs of a task are made of. */
export interface TaskInputParts {
  readonly broker: Broker
  readonly plan: Plan
  readonly facts: RunFacts
  readonly fragment: Fragment
  readonly index: number
  readonly compiled: Compiled
  readonly entrances: ReadonlyMap<string, ExchangeEntrance>
  readonly scope: Scope
  /** Whether repartition topics go on filling in this run. */
  readonly live: boolean
  positionOf(step: string, partition: number): InputPosition
}

/** The inputs of a task that has claimed and restored. */
export function openInputs(parts: TaskInputParts): readonly TaskInput[] {
  const { fragment, index, plan } = parts
  return fragment.inputs.flatMap((input, number): readonly TaskInput[] => {
    if (index >= input.partitions) return []
    const step = stepOf(plan.graph, input.step)
    if (step.kind === 'source') return [sourceInput(step, number, parts)]
    const entrance = parts.entrances.get(input.step)
    return entrance === undefined ? [] : [exchangeInput(input.step, entrance, parts)]
  })
}

function sourceInput(step: SourceStep, number: number, parts: TaskInputParts): SourceInput {
  const { broker, plan, facts, index, compiled, scope } = parts
  const { next: position, epoch } = parts.positionOf(step.id, index)
  const next = compiled.entrances.get(step.id)
  if (next === undefined) throw new InternalError(`source ${step.id} was not compiled`)
  return new SourceInput({
    step,
    partition: index,
    input: number,
    reader: broker.reader(step.topic.name, index, position),
    position,
    epoch,
    end: facts.ends[step.topic.name]?.[index] ?? Number.POSITIVE_INFINITY,
    next,
    failures: compiled.failuresOf(step),
    scope,
    lanes: compiled.times.flatMap(time => time.lanes.filter(lane => lane.input === number)),
    isFirst: feedsUntimed(plan.graph, step),
    needsRecordKey: plan.graph.steps.some(other => other.kind === 'exchange' && other.key.kind === 'record'),
  })
}

function exchangeInput(id: string, entrance: ExchangeEntrance, parts: TaskInputParts): ExchangeInput {
  const { broker, plan, facts, index, compiled, scope, live } = parts
  const { next: position, epoch } = parts.positionOf(id, index)
  const topic = repartitionTopic(facts.app, id)
  const target = plan.exchanges.find(exchange => exchange.step.id === id)?.partialFor
  return new ExchangeInput({
    entrance,
    topic,
    partition: index,
    reader: broker.reader(topic, index, position),
    position,
    epoch,
    scope,
    failures: compiled.failuresOf(stepOf(plan.graph, id)),
    partialFor: () => compiled.processes.find(process => process.id === target?.id),
    live,
  })
}
