/** A graph as data, for tools: versioned, without functions. */
import { unreachable } from '../errors.ts'
import type { EdgeCount } from './edges.ts'
import type { Graph } from './graph.ts'
import type { KernelFactory } from './kernel.ts'
import type { AsyncStep, ElementOrder, KeySource, Nature, Port, Step, StepKind } from './step.ts'

/** The version of `GraphJson`; raised when a reader of an older one would misread it. */
export const GRAPH_JSON_VERSION = 1

/** A graph as JSON. */
export interface GraphJson {
  readonly version: number
  readonly name: string
  readonly steps: readonly StepJson[]
  /** How much passed along its edges, where that was counted. */
  readonly counts?: readonly EdgeCount[]
}

/** A step as JSON. */
export interface StepJson {
  readonly id: string
  readonly kind: StepKind
  readonly name: string
  readonly within: readonly string[]
  readonly inputs: readonly Port[]
  readonly nature: Nature
  readonly onError: string
  /** What the step does, in a few words. */
  readonly detail: string
  /** The topic that a source reads or a sink writes. */
  readonly topic?: string
}

/** The graph as JSON, with what passed along its edges when `counts` are given. */
export function graphToJson(graph: Graph, counts: readonly EdgeCount[] = []): GraphJson {
  return {
    version: GRAPH_JSON_VERSION,
    name: graph.name,
    steps: graph.steps.map(stepToJson),
    ...(counts.length === 0 ? {} : { counts }),
  }
}

function stepToJson(step: Step): StepJson {
  const topic = topicOf(step)
  return {
    id: step.id,
    kind: step.kind,
    name: step.name,
    within: step.within,
    inputs: step.inputs,
    nature: step.nature,
    onError: step.onError.attempts > 1 ? `retry, then ${step.onError.final}` : step.onError.final,
    detail: detailOf(step),
    ...(topic === undefined ? {} : { topic }),
  }
}

/** The topic that a source reads or a sink writes, if any. */
export function topicOf(step: Step): string | undefined {
  if (step.kind === 'source') return step.live === undefined ? step.topic.name : undefined
  return step.kind === 'sink' && step.target.kind === 'topic' ? step.target.topic.name : undefined
}

/** What a step does, in a few words, for pictures and lists. */
export function detailOf(step: Step): string {
  switch (step.kind) {
    case 'source':
      return step.live ?? `topic ${step.topic.name}, ${step.topic.codec.name}`
    case 'sink':
      return step.target.kind === 'topic'
        ? `topic ${step.target.topic.name}, ${step.target.topic.codec.name}`
        : ''
    case 'exchange':
      return keyText(step.key)
    case 'process':
      return step.logic.kind === 'kernel' ? kernelText(step.logic.factory) : timeText(step.logic.time)
    case 'async':
      return asyncText(step)
    case 'map':
    case 'filter':
    case 'flatMap':
    case 'merge':
      return ''
    default:
      return unreachable(step)
  }
}

function kernelText({ fingerprint, details = '' }: KernelFactory): string {
  return details === '' ? fingerprint : `${fingerprint}, ${details}`
}

const ORDERS: Readonly<Record<ElementOrder, string>> = {
  all: 'ordered',
  key: 'ordered by key',
  none: 'unordered',
}

function asyncText({ concurrency, capacity, order, breaker }: AsyncStep): string {
  const parts = [`${concurrency} at a time`, ORDERS[order]]
  if (capacity > concurrency) parts.push(`${capacity} in flight`)
  if (breaker !== undefined) parts.push(`pauses after ${breaker.after} failures`)
  return parts.join(', ')
}

function keyText(key: KeySource): string {
  switch (key.kind) {
    case 'all':
      return 'to all shards'
    case 'field':
      return `by field ${key.field}`
    case 'record':
      return 'by the record’s key'
    case 'function':
      return 'by a function'
    default:
      return unreachable(key)
  }
}

function timeText(time: {
  readonly timeOf: unknown
  readonly outOfOrderMs: number
  readonly idleAfterMs: number
  readonly advancesWhenIdle?: boolean
}): string {
  if (time.timeOf === 'clock') return 'processing time'
  const idle = `idle after ${time.idleAfterMs} ms${time.advancesWhenIdle === true ? ', then on with the clock' : ''}`
  return `up to ${time.outOfOrderMs} ms out of order, ${idle}`
}
