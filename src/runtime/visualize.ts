/** Pictures of the graph that a live stream belongs to. */
import { componentOf, type PushOutput, type PushStep } from '../engine/index.ts'
import { GraphError } from '../errors.ts'
import {
  drawGraph,
  type EdgeCount,
  type Graph,
  type PictureFormat,
  type Step,
  type TopicSpec,
} from '../graph/index.ts'
import { BaseStream } from '../operators/index.ts'
import { LiveOutput } from './live/live-output.ts'

/** Options of `visualize`. */
export interface VisualizeOptions {
  /** What is drawn: `text` for terminals, the default; `svg`, `mermaid`, `dot`, `json`. */
  readonly format?: PictureFormat
  /** Shows how much has passed each edge, and how much does per second. Counting begins with the first such picture. */
  readonly counts?: boolean
}

/**
 * Draws the graph of a live stream as it is now, also while it runs. For an app: `drawGraph(app.graph(), format)`.
 *
 * ```ts run
 * import { Stream, visualize } from 'sluice'
 *
 * const numbers = new Stream<number>({ name: 'numbers' })
 * numbers.map(n => n + 1).sink(() => {})
 * console.log(visualize(numbers))
 * ```
 *
 * ```text output
 * numbers
 * └─ numbers (stream, source: emit)
 *    ↓ map (map)
 *    ↓ sink (sink)
 * ```
 */
export function visualize(stream: BaseStream<unknown>, options: VisualizeOptions = {}): string {
  const { format = 'text', counts = false } = options
  const output = BaseStream.portOf(stream)
  if (output instanceof LiveOutput) {
    return drawGraph(describe(output), format, counts ? countEdges(output) : undefined)
  }
  throw new GraphError(
    'GRAPH_INVALID',
    'visualize works on a live stream; the graph of an app is drawn by drawGraph(app.graph(), format)',
  )
}

/** The graph as it is now, for pictures. */
function describe(output: LiveOutput): Graph {
  const steps = componentOf(output)
  const names = namesOf(steps)
  return { name: output.graph.name, steps: steps.map(step => stepOf(step, names)) }
}

/** What has passed each edge since the first call; from then on no reader is called without a detour. */
function countEdges(output: LiveOutput): readonly EdgeCount[] {
  const steps = componentOf(output)
  const names = namesOf(steps)
  return steps.flatMap(step =>
    [step.main, ...step.sides.values()].flatMap(each => {
      if (!each.isWatched) each.watch()
      const perSecond = rateOf(each)
      return each.readers.map(reader => ({
        step: names.get(step) ?? step.id,
        output: each.output,
        reader: reader.owner === undefined ? '' : (names.get(reader.owner) ?? reader.owner.id),
        count: each.count,
        perSecond,
      }))
    }),
  )
}

/** Elements a second since the last time they were told. */
function rateOf(output: PushOutput): number | undefined {
  const { count } = output
  const told = TOLD.get(output)
  const at = output.scope.clock.monotonic()
  if (told === undefined || at > told.at) TOLD.set(output, { count, at })
  return told === undefined || at <= told.at ? undefined : ((count - told.count) * 1000) / (at - told.at)
}

/** The counts that pictures told last, and when that was. */
const TOLD = new WeakMap<PushOutput, { readonly count: number; readonly at: number }>()

/** What stands for the topic of a source that reads none. */
const NO_TOPIC: TopicSpec = {
  name: '',
  codec: { name: '', fingerprint: '', decode: () => undefined, encode: () => {} },
  keyedBy: undefined,
  partitions: undefined,
  rules: {},
  from: { kind: 'latest' },
}

/** Ids are unique within a graph; where graphs are joined, those that were built later get a number. */
function namesOf(steps: readonly PushStep[]): ReadonlyMap<PushStep, string> {
  const names = new Map<PushStep, string>()
  const taken = new Set<string>()
  const own = new Set(steps.map(step => step.id))
  for (const step of steps) {
    let name = step.id
    for (let number = 2; taken.has(name); number++) {
      const numbered = `${step.id}-${number}`
      if (!own.has(numbered)) name = numbered
    }
    taken.add(name)
    names.set(step, name)
  }
  return names
}

function stepOf(step: PushStep, names: ReadonlyMap<PushStep, string>): Step {
  const id = names.get(step) ?? step.id
  const inputs = step.inputs.map(({ from }) => ({
    step: from.owner === undefined ? '' : (names.get(from.owner) ?? ''),
    output: from.output,
  }))
  if (step.draft !== undefined) return { ...step.draft, id, inputs }
  return {
    kind: 'source',
    id,
    name: 'stream',
    inputs,
    within: [],
    nature: { order: 'any', stateful: false, mergeable: false, retracting: false, processingTime: false },
    onError: { attempts: 1, backOffMs: 0, final: 'fail' },
    topic: NO_TOPIC,
    live: step.source?.name ?? 'emit',
  }
}
