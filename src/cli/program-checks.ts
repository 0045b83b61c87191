/** Whether a program fits its broker, and what in it depends on more than its input. */
import type { Broker, Group, InputPosition } from '../broker/index.ts'
import { decodeProgress, makePlan, type Plan } from '../engine/index.ts'
import {
  type AsyncStep,
  type Graph,
  type ProcessStep,
  type Step,
  stepOf,
  upstreamOf,
} from '../graph/index.ts'
import { fingerprintOf, type Program, readsState, storedFacts } from '../runtime/index.ts'
import { formatDuration } from '../time/index.ts'
import { type Finding, good, problem, warning } from './finding.ts'
import { countText, timeText } from './texts.ts'
import { unreadSteps } from './unread-steps.ts'

/** Checks a program against a broker; changes nothing. Throws `GraphError` for a graph that cannot run. */
export async function checkProgram(broker: Broker, program: Program): Promise<readonly Finding[]> {
  const graph = program.graph()
  const group = broker.group(program.name)
  const partitions = await partitionsOf(broker, graph)
  const findings = [good(`the graph of app "${graph.name}" has ${countText(graph.steps.length, 'step')}`)]
  findings.push(...unreadSteps(graph))
  findings.push(...checkTopics(graph, partitions))
  findings.push(...(await checkState(group, graph)))
  const { shards: stored } = await storedFacts(group)
  if (stored !== undefined && program.shards !== undefined && program.shards !== stored) {
    findings.push(
      problem(
        `the program says ${countText(program.shards, 'shard')}, and its state is divided into ${stored}`,
        `say shards: ${stored}, or sluice group reset ${graph.name}`,
      ),
    )
  }
  const shards = stored ?? program.shards ?? Math.max(1, ...partitions.values())
  findings.push(...checkNatures(makePlan(graph, { shards, partitions })))
  const positions = await group.positions()
  findings.push(...describeWatermarks(graph, positions), ...describeJoins(graph, positions))
  return findings
}

async function partitionsOf(broker: Broker, graph: Graph): Promise<Map<string, number>> {
  const partitions = new Map<string, number>()
  for (const step of graph.steps) {
    if (step.kind !== 'source') continue
    const known = await broker.topic(step.topic.name)
    const count = known?.partitions ?? step.topic.partitions
    if (count !== undefined) partitions.set(step.topic.name, count)
  }
  return partitions
}

function checkTopics(graph: Graph, partitions: ReadonlyMap<string, number>): readonly Finding[] {
  const names = new Set(graph.steps.flatMap(step => (step.kind === 'source' ? [step.topic.name] : [])))
  return [...names].map(name => {
    const count = partitions.get(name)
    if (count !== undefined) return good(`input topic "${name}" has ${countText(count, 'partition')}`)
    return problem(
      `input topic "${name}" does not exist`,
      `sluice topic create ${name} --partitions N, or say app.topic("${name}", { partitions })`,
    )
  })
}

async function checkState(group: Group, graph: Graph): Promise<readonly Finding[]> {
  if ((await group.fact('state')) === undefined)
    return [good(`app "${graph.name}" has not run here yet: it begins without state`)]
  const { state } = await storedFacts(group)
  const wrong = Object.entries(state).flatMap(([id, before]) => {
    const step = graph.steps.find(candidate => candidate.id === id)
    const now = step === undefined ? undefined : fingerprintOf(step)
    if (readsState(graph, id, before)) return []
    const text =
      now === undefined
        ? `step "${id}" (${before}) of earlier runs is not in the program any more`
        : `step "${id}" was "${before}" in earlier runs and is now "${now}"`
    return [problem(text, `give it its old meaning or id back, or run once with --drop-state ${id}`)]
  })
  return wrong.length > 0 ? wrong : [good('what earlier runs left fits the program')]
}

/** Results that another run over the same input may not give again. */
function checkNatures(plan: Plan): readonly Finding[] {
  return plan.graph.steps.flatMap(step => {
    const findings: Finding[] = []
    if (step.nature.processingTime) {
      findings.push(
        warning(
          `step "${step.id}" goes by the wall clock: another run gives other results`,
          'where results must be repeatable, go by event time: eventTime above, and time: "event" for timers, ttl and emit',
        ),
      )
    }
    if (step.nature.order === 'perChannel') findings.push(...checkOrder(plan, step))
    if (step.nature.stateful) findings.push(...checkRetractions(plan.graph, step))
    findings.push(...checkLateness(plan.graph, step))
    return findings
  })
}

/** What disturbs the order on which a step depends. */
function checkOrder(plan: Plan, step: Step): readonly Finding[] {
  const findings: Finding[] = []
  const channels = channelsOf(plan, step)
  if (channels > 1) {
    findings.push(
      warning(
        `step "${step.id}" depends on the order of its input, which comes by ${channels} channels: its results may differ from run to run`,
        'nothing to do if all records of a key come from one partition; else key the topic by it (keyedBy)',
      ),
    )
  }
  for (const above of upstreamOf(plan.graph, step)) {
    if (above.kind !== 'async' || keepsOrder(plan.graph, above, step)) continue
    findings.push(
      warning(
        `step "${step.id}" depends on the order of its input, and "${above.id}" gives results in the order in which they are ready`,
        'give results in their order there: order: "all"',
      ),
    )
  }
  return findings
}

/** Whether the order in which a step takes elements is still that of the asynchronous step's input, as far as the step depends on it. */
function keepsOrder(graph: Graph, above: AsyncStep, step: Step): boolean {
  if (above.order !== 'key') return above.order === 'all'
  const perKey = step.kind === 'process' && step.logic.kind === 'kernel' && step.logic.keyed
  const between = upstreamOf(graph, step).filter(each => upstreamOf(graph, each).includes(above))
  return perKey && !between.some(each => each.kind === 'exchange')
}

/** A step that adds up what replaces itself counts every version of it. */
function checkRetractions(graph: Graph, step: Step): readonly Finding[] {
  if (step.kind !== 'process' || step.logic.kind !== 'kernel' || step.nature.takesBack) return []
  const retracting = upstreamOf(graph, step).filter(above => above.nature.retracting)
  return retracting.map(above =>
    warning(
      `step "${step.id}" takes each result of "${above.id}" for a new one, but they replace those before for the same key`,
      'aggregate in a window first, or aggregate the elements themselves',
    ),
  )
}

/** Corrections that come to windows which have been closed are late there. */
function checkLateness(graph: Graph, step: Step): readonly Finding[] {
  const latenessMs = latenessOf(step)
  if (latenessMs === undefined) return []
  return upstreamOf(graph, step)
    .filter(above => (latenessOf(above) ?? 0) > latenessMs)
    .map(above =>
      warning(
        `step "${above.id}" corrects its results for ${latenessOf(above)} ms, and the windows of step "${step.id}" take late elements for ${latenessMs} ms: later corrections are late there`,
        `give both windows the same lateness`,
      ),
    )
}

function latenessOf(step: Step): number | undefined {
  return step.kind === 'process' && step.logic.kind === 'kernel' ? step.logic.factory.latenessMs : undefined
}

/** By how many ordered ways a step's input comes to one task. */
function channelsOf(plan: Plan, step: Step): number {
  if (step.kind === 'source') return 1
  return step.inputs.reduce((sum, input) => {
    const exchange = plan.exchanges.find(planned => planned.step.id === input.step)
    return sum + (exchange?.channels.length ?? channelsOf(plan, stepOf(plan.graph, input.step)))
  }, 0)
}

/** Which partition holds back each event-time step, as far as earlier runs came. */
function describeWatermarks(graph: Graph, positions: readonly InputPosition[]): readonly Finding[] {
  return graph.steps.flatMap(step => {
    if (step.kind !== 'process' || step.logic.kind !== 'time') return []
    const finding = describeWatermark(graph, step, positions)
    return finding === undefined ? [] : [finding]
  })
}

/** For which of its two sides each join waits, as far as earlier runs came. */
function describeJoins(graph: Graph, positions: readonly InputPosition[]): readonly Finding[] {
  return graph.steps.flatMap(step => {
    const waits = step.kind === 'process' && step.logic.kind === 'kernel' && step.inputs.length === 2
    if (!waits || step.logic.factory.readsTime !== 'watermark') return []
    const [left, right] = step.inputs.map(input => slowestAbove(graph, stepOf(graph, input.step), positions))
    if (left?.maxTime === undefined || right?.maxTime === undefined) return []
    const aheadMs = Math.abs(left.maxTime - right.maxTime)
    if (aheadMs === 0) return []
    const [slow, side] = left.maxTime < right.maxTime ? [left, 'left'] : [right, 'right']
    const text = `step "${step.id}" waits for its ${side} side, ${slow.name}: the other one is ${formatDuration(aheadMs)} of event time ahead`
    return [good(text)]
  })
}

/** A source partition as an event-time step sees it. */
interface SeenLane {
  readonly name: string
  /** Undefined where it has had no record. */
  readonly maxTime: number | undefined
}

/** The partition that holds back event time in a step and all above it. */
function slowestAbove(graph: Graph, step: Step, positions: readonly InputPosition[]): SeenLane | undefined {
  const times = [step, ...upstreamOf(graph, step)].filter(
    above => above.kind === 'process' && above.logic.kind === 'time',
  )
  const lanes = times.flatMap(time => slowestLane(graph, time, positions) ?? [])
  return lanes.toSorted(byMaxTime)[0]
}

function slowestLane(graph: Graph, step: Step, positions: readonly InputPosition[]): SeenLane | undefined {
  const sources = upstreamOf(graph, step).filter(above => above.kind === 'source')
  const lanes = positions
    .filter(position => sources.some(source => source.id === position.step))
    .map(position => ({
      name: `${position.step}/${position.partition}`,
      maxTime: decodeProgress(position.progress).lanes[step.id],
    }))
  return lanes.toSorted(byMaxTime)[0]
}

function byMaxTime(a: SeenLane, b: SeenLane): number {
  return (a.maxTime ?? Number.NEGATIVE_INFINITY) - (b.maxTime ?? Number.NEGATIVE_INFINITY)
}

function describeWatermark(
  graph: Graph,
  step: ProcessStep,
  positions: readonly InputPosition[],
): Finding | undefined {
  const first = slowestLane(graph, step, positions)
  if (first === undefined) return undefined
  if (first.maxTime === undefined) {
    return warning(
      `the watermark of step "${step.id}" is held by ${first.name}, which has had no record`,
      'while others have records it is passed over once idleAfter is over; write to it, or use fewer partitions',
    )
  }
  return good(
    `the watermark of step "${step.id}" is held by ${first.name}, whose latest event is of ${timeText(first.maxTime)}`,
  )
}
