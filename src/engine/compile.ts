/** Fragment → operators: one push pipeline, built from its ends upwards. */

import type { InputPosition } from '../broker/index.ts'
import { shardOfKey } from '../codec/index.ts'
import { InternalError, unreachable } from '../errors.ts'
import {
  type ExchangeStep,
  type Port,
  type ProcessStep,
  readersOf,
  type Step,
  stepOf,
  upstreamOf,
} from '../graph/index.ts'
import type { ShardState } from '../state/index.ts'
import { ConnectorSink } from './connector-sink.ts'
import { type DeadLetters, FailureHandler, type StepPlace } from './failure.ts'
import { functionOperator } from './function-operator.ts'
import { SinkOperator } from './function-operators.ts'
import { keyCheck } from './key-check.ts'
import { mergeEntrances, sideEntrances } from './merge-operator.ts'
import { fanout, NOWHERE, type Operator } from './operator.ts'
import type { Fragment, Plan } from './plan.ts'
import { ProcessOperator } from './process-operator.ts'
import type { Scope } from './scope.ts'
import type { StepOperator, StepParts } from './step-operator.ts'
import type { TopicSender } from './topic-exchange.ts'
import { TopicSink } from './topic-sink.ts'
import { WatermarkOperator } from './watermark-operator.ts'

/** What compiling a task needs beside the plan. */
export interface CompileContext {
  readonly plan: Plan
  readonly fragment: Fragment
  readonly index: number
  readonly scope: Scope
  readonly deadLetters: DeadLetters
  /** The restored state of a stateful step. */
  stateOf(step: ProcessStep): ShardState
  /** The way into the tasks behind an exchange; senders to topics are kept for commits. */
  sendTo(
    exchange: ExchangeStep,
    failures: FailureHandler,
    partialFailures: FailureHandler | undefined,
  ): Operator | TopicSender
  /** How many partitions an output topic has. */
  partitionsOf(topic: string): number
  /** How far the commits of a connector's sink have come. */
  commitsOf(step: string): InputPosition
}

/** The operators of one task that others have to reach. */
export interface Compiled {
  /** What stands below each input, by its step. */
  readonly entrances: ReadonlyMap<string, Operator>
  readonly times: readonly WatermarkOperator[]
  readonly steps: ReadonlyMap<string, StepOperator>
  /** Where an element enters each step, sources and merges apart. */
  readonly operators: ReadonlyMap<string, Operator>
  readonly failures: ReadonlyMap<string, FailureHandler>
  readonly processes: readonly ProcessOperator[]
  readonly sinks: readonly TopicSink[]
  readonly connectors: readonly ConnectorSink[]
  failuresOf(step: Step): FailureHandler
}

/** Without `eventTime` a record's timestamp counts, with these bounds. */
const RECORD_TIME = {
  timeOf: 'record',
  outOfOrderMs: 0,
  idleAfterMs: 5000,
  maxAheadMs: 86_400_000,
} as const

/** Compiles one task. */
export function compileTask(context: CompileContext): Compiled {
  return new Compiler(context).compile()
}

class Compiler {
  readonly #context: CompileContext
  readonly #entrances = new Map<string, Operator>()
  readonly #merges = new Map<string, readonly Operator[]>()
  readonly #operators = new Map<string, Operator>()
  readonly #failures = new Map<string, FailureHandler>()
  readonly #times: WatermarkOperator[] = []
  readonly #steps = new Map<string, StepOperator>()
  readonly #processes: ProcessOperator[] = []
  readonly #sinks: TopicSink[] = []
  readonly #connectors: ConnectorSink[] = []

  constructor(context: CompileContext) {
    this.#context = context
  }

  compile(): Compiled {
    for (const input of this.#context.fragment.inputs) {
      const port = { step: input.step, output: undefined }
      const below = input.kind === 'source' ? this.#belowSource(port) : this.#below(port)
      this.#entrances.set(input.step, below)
    }
    return {
      entrances: this.#entrances,
      times: this.#times,
      steps: this.#steps,
      operators: this.#operators,
      failures: this.#failures,
      processes: this.#processes,
      sinks: this.#sinks,
      connectors: this.#connectors,
      failuresOf: step => this.#failuresOf(step),
    }
  }

  /** The readers of a port, each by the entrance that this port leads to. */
  #below(port: Port): Operator {
    return fanout(this.#readers(port).map(reader => this.#entrance(reader, port)))
  }

  /** Readers that make event time themselves get the records as they are; the others by their timestamps. */
  #belowSource(port: Port): Operator {
    const readers = this.#readers(port)
    const byRecord = readers.filter(reader => !isTimeStep(reader))
    const entrances = readers.filter(isTimeStep).map(reader => this.#entrance(reader, port))
    if (byRecord.length > 0) {
      const next = fanout(byRecord.map(reader => this.#entrance(reader, port)))
      const source = stepOf(this.#context.plan.graph, port.step)
      const maxAheadMs = this.#needsTime(source) ? RECORD_TIME.maxAheadMs : Number.POSITIVE_INFINITY
      entrances.push(this.#addTime(source, 'record', { ...RECORD_TIME, maxAheadMs }, next))
    }
    return fanout(entrances)
  }

  /** Whether a step below looks at time: windows and other kernels do. */
  #needsTime(source: Step): boolean {
    const { graph } = this.#context.plan
    const isKernel = (step: Step): boolean => step.kind === 'process' && step.logic.kind === 'kernel'
    return graph.steps.some(step => isKernel(step) && upstreamOf(graph, step).includes(source))
  }

  #readers(port: Port): readonly Step[] {
    return readersOf(this.#context.plan.graph, port).filter(step =>
      this.#context.fragment.steps.includes(step),
    )
  }

  #entrance(step: Step, port: Port): Operator {
    if (step.kind !== 'merge' && step.inputs.length < 2) return this.#operator(step)
    let entrances = this.#merges.get(step.id)
    if (entrances === undefined) {
      entrances =
        step.kind === 'merge'
          ? mergeEntrances(step.inputs.length, this.#below({ step: step.id, output: undefined }))
          : sideEntrances(step.inputs.length, this.#operator(step), untimedOf(step))
      this.#merges.set(step.id, entrances)
    }
    const number = step.inputs.findIndex(input => input.step === port.step && input.output === port.output)
    const entrance = entrances[number]
    if (entrance === undefined) throw new InternalError(`step ${step.id} does not read ${port.step}`)
    return entrance
  }

  #operator(step: Step): Operator {
    const known = this.#operators.get(step.id)
    if (known !== undefined) return known
    const operator = this.#make(step)
    this.#operators.set(step.id, operator)
    return operator
  }

  #make(step: Step): Operator {
    const port = { step: step.id, output: undefined }
    switch (step.kind) {
      case 'async': {
        const parts = { ...this.#parts(step, this.#below(port)), marksMatter: this.#marksMatterBelow(step) }
        return this.#addStep(step, functionOperator(step, parts))
      }
      case 'map':
      case 'filter':
      case 'flatMap':
        return this.#addStep(step, functionOperator(step, this.#parts(step, this.#below(port))))
      case 'exchange':
        return this.#addStep(step, functionOperator(step, this.#parts(step, this.#behind(step))))
      case 'process':
        return this.#makeProcess(step)
      case 'sink':
        return this.#makeSink(step)
      case 'source':
      case 'merge':
        throw new InternalError(`${step.kind} ${step.id} is no operator of its own`)
      default:
        return unreachable(step)
    }
  }

  /** Whether a step below may wait for watermarks, or hands them to other tasks. */
  #marksMatterBelow(step: Step): boolean {
    const { graph } = this.#context.plan
    return graph.steps.some(
      below =>
        (below.kind === 'process' || below.kind === 'exchange') && upstreamOf(graph, below).includes(step),
    )
  }

  #behind(step: ExchangeStep): Operator {
    const { plan } = this.#context
    if (plan.leftOut.has(step.id)) return this.#below({ step: step.id, output: undefined })
    const partialFor = plan.exchanges.find(exchange => exchange.step === step)?.partialFor
    const partialFailures = partialFor === undefined ? undefined : this.#failuresOf(partialFor)
    return this.#context.sendTo(step, this.#failuresOf(step), partialFailures)
  }

  #makeProcess(step: ProcessStep): Operator {
    const next = this.#below({ step: step.id, output: undefined })
    const { logic } = step
    if (logic.kind === 'time') return this.#addTime(step, logic.time.timeOf, logic.time, next)
    const outputs = new Map<string, Operator>()
    for (const output of step.outputs) {
      const port = { step: step.id, output }
      if (this.#readers(port).length > 0) outputs.set(output, this.#below(port))
    }
    const operator = new ProcessOperator(step, host => logic.factory.open(host), {
      ...this.#parts(step, next),
      state: this.#context.stateOf(step),
      checkKey: keyCheck(this.#context.index, this.#context.plan.shards),
      index: this.#context.index,
      outputs,
    })
    this.#processes.push(operator)
    return this.#addStep(step, operator)
  }

  #makeSink(step: Extract<Step, { kind: 'sink' }>): Operator {
    const { index, scope } = this.#context
    const failures = this.#failuresOf(step)
    const { target } = step
    if (target.kind === 'topic') {
      const partitions = this.#context.partitionsOf(target.topic.name)
      const sink = new TopicSink(target, { partitions, task: index }, failures, scope.counters)
      this.#sinks.push(sink)
      return sink
    }
    if (target.kind === 'function') {
      return this.#addStep(step, new SinkOperator(this.#parts(step, NOWHERE), target.fn))
    }
    const host = { step: step.id, task: index, publish: scope.publish, delivered: scope.delivered }
    const sink = new ConnectorSink(target.open(host), failures, this.#context.commitsOf(step.id))
    this.#connectors.push(sink)
    return sink
  }

  #addTime(
    step: Step,
    source: ConstructorParameters<typeof WatermarkOperator>[1],
    spec: ConstructorParameters<typeof WatermarkOperator>[2],
    next: Operator,
  ): WatermarkOperator {
    const operator = new WatermarkOperator(
      step.id,
      source,
      spec,
      this.#inputsAbove(step),
      this.#parts(step, next),
    )
    this.#context.scope.dues.push(operator.due)
    this.#times.push(operator)
    this.#steps.set(step.id, operator)
    return operator
  }

  /** The numbers of the inputs of this task that lead to a step. */
  #inputsAbove(step: Step): readonly number[] {
    const { plan, fragment, index } = this.#context
    const above = new Set([step, ...upstreamOf(plan.graph, step)].map(each => each.id))
    return fragment.inputs.flatMap((input, number) =>
      above.has(input.step) && index < input.partitions ? [number] : [],
    )
  }

  #addStep(step: Step, operator: StepOperator): Operator {
    this.#steps.set(step.id, operator)
    return operator
  }

  #parts(step: Step, next: Operator): StepParts {
    return { next, failures: this.#failuresOf(step), scope: this.#context.scope }
  }

  /** A partial aggregate fails before the exchange, but is its key's shard's to process. */
  #placeOf(step: Step): StepPlace {
    const { index, fragment, plan } = this.#context
    const isHere = fragment.steps.includes(step)
    return {
      isSource: step.kind === 'source',
      taskOf: ({ key }) => (isHere || key === undefined ? index : shardOfKey(key, plan.shards)),
    }
  }

  #failuresOf(step: Step): FailureHandler {
    let failures = this.#failures.get(step.id)
    if (failures === undefined) {
      const { scope, deadLetters } = this.#context
      failures = new FailureHandler(step.id, step.onError, scope, deadLetters, this.#placeOf(step))
      this.#failures.set(step.id, failures)
    }
    return failures
  }
}

function untimedOf(step: Step): readonly number[] {
  return (
    (step.kind === 'process' && step.logic.kind === 'kernel' ? step.logic.factory.untimed : undefined) ?? []
  )
}

function isTimeStep(step: Step): boolean {
  return step.kind === 'process' && step.logic.kind === 'time'
}
