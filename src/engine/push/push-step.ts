/** One step of a graph that runs while it is built: its operator, whom it reads, and who reads it. */
import type { Source } from '../../connect/index.ts'
import { GraphError } from '../../errors.ts'
import type { PortRef, Step, StepDraft } from '../../graph/index.ts'
import { type DeadLetters, FailureHandler } from '../failure.ts'
import { mergeEntrances, sideEntrances } from '../merge-operator.ts'
import type { Operator } from '../operator.ts'
import { ProcessOperator } from '../process-operator.ts'
import type { Scope } from '../scope.ts'
import { StepOperator } from '../step-operator.ts'
import { EagerSink } from './eager-sink.ts'
import { type MakeTime, pushOperator } from './push-operator.ts'
import type { Edge, PushOutput } from './push-output.ts'
import { hearTimers, isAbove } from './push-walk.ts'
import { SourceRun } from './source-run.ts'

/** What steps of one graph share. */
export interface PushGraph {
  readonly scope: Scope
  readonly deadLetters: DeadLetters
  readonly makeTime: MakeTime | undefined
  newId(name: string): string
  /** Makes an output of a step; without a name, a main one. */
  newOutput(name?: string): PushOutput
  /** The output that a port names, which may be one of another graph. Throws `GRAPH_INVALID`. */
  outputOf(port: PortRef, reader: string): PushOutput
}

/** A step that runs. */
export class PushStep {
  static #count = 0
  /** Tells which of two steps was built first. */
  readonly number: number = PushStep.#count++
  readonly id: string
  readonly graph: PushGraph
  readonly draft: StepDraft | undefined
  readonly main: PushOutput
  readonly sides: Map<string, PushOutput> = new Map<string, PushOutput>()
  inputs: readonly Edge[] = []
  source: SourceRun | undefined
  /** What elements enter; a root and a merge hand them on as they are. */
  readonly operator: Operator
  #isComplete = false
  /** What it read when its last reader left: it reads that again for the next one. */
  #asleep: readonly Edge[] = []

  constructor(graph: PushGraph, draft: StepDraft | undefined, name: string) {
    this.graph = graph
    this.draft = draft
    this.id = graph.newId(name)
    this.main = graph.newOutput()
    this.main.owner = this
    for (const side of draft?.sideOutputs ?? []) {
      const output = graph.outputOf(side, name)
      output.owner = this
      this.sides.set(output.output ?? '', output)
    }
    const inputs = (draft?.inputs ?? []).map(input => graph.outputOf(input, name))
    if (readsTime(draft)) inputs.forEach(markTimed)
    this.operator = draft === undefined ? this.main : this.#makeOperator(draft, inputs)
    this.wire(inputs.map(from => this.#edge(from)))
  }

  /** Makes these the step's inputs; those that stay keep their places among their output's readers. */
  wire(inputs: readonly Edge[]): void {
    const before = this.inputs
    this.inputs = inputs
    this.#asleep = []
    if (before.length > 0 && this.#hasSides && this.operator instanceof ProcessOperator) {
      this.operator.rewire(inputs.map(input => before.indexOf(input)))
    }
    const entrances = this.#entrances(inputs.length)
    for (const [number, input] of inputs.entries()) {
      const entrance = entrances[number] ?? this.operator
      // What comes round, or comes no more, must not hold up the end of the others.
      if (inputs.length > 1 && (input.loops || input.from.hasEnded)) {
        entrance.advance(Number.POSITIVE_INFINITY, false)
      }
      input.entrance = input.loops
        ? { push: (value, context) => entrance.push(value, context), advance: () => {} }
        : entrance
    }
    for (const input of before)
      if (!inputs.includes(input))
        input.from.setReaders(input.from.readers.filter(reader => reader !== input))
    for (const input of inputs)
      input.from.setReaders(before.includes(input) ? input.from.readers : [...input.from.readers, input])
    if (this.operator instanceof ProcessOperator)
      hearTimers(
        this,
        inputs.map(({ from }) => from),
      )
    if (this.#isComplete) this.#finish()
  }

  connect(from: PushOutput): void {
    if (this.#hasSides && this.operator instanceof ProcessOperator && !this.operator.canRewire) {
      throw new GraphError('GRAPH_INVALID', `step "${this.id}" cannot take another input while it runs`, {
        step: this.id,
      })
    }
    const edge = this.#edge(this.graph.outputOf(from, this.id))
    if (edge.loops) this.main.watch()
    this.wire([...this.inputs, edge])
    this.relink()
  }

  disconnect(from: PushOutput): void {
    if (!this.inputs.some(input => input.from === from)) {
      throw new GraphError('GRAPH_INVALID', `step "${this.id}" does not read "${from.owner?.id ?? ''}"`, {
        step: this.id,
      })
    }
    this.wire(this.inputs.filter(input => input.from !== from))
  }

  /** Calls the readers of the main output directly, where there is but one. */
  relink(): void {
    if (this.operator instanceof StepOperator && this.draft?.kind !== 'sink')
      this.operator.follow(this.main.target)
  }

  flush(): Promise<void> | undefined {
    const { operator } = this
    if (!(operator instanceof ProcessOperator && operator.canFlush)) {
      throw new GraphError(
        'GRAPH_INVALID',
        `step "${this.id}" collects nothing; flush() is for what collect() gives`,
        { step: this.id },
      )
    }
    return this.main.root(() => operator.flush())
  }

  attach(source: Source<unknown>): void {
    this.source = new SourceRun(source, this.main)
  }

  /** Stops everything that goes on by itself, and forgets all edges. */
  async close(): Promise<void> {
    const stopped = this.source?.abandon()
    if (this.operator instanceof StepOperator) this.operator.close()
    this.wire([])
    if (this.draft?.kind === 'async') await this.draft.close?.()
    await stopped
    if (this.operator instanceof EagerSink) await this.operator.close()
  }

  /** The last reader is gone because it wants nothing more: nor does this step. */
  unread(): void {
    if ([this.main, ...this.sides.values()].some(output => output.readers.length > 0)) return
    if (this.source !== undefined) void this.source.stop()
    else if (this.draft !== undefined && this.inputs.length > 0) {
      const inputs = this.inputs
      this.#leave()
      this.#asleep = inputs
    }
  }

  /** There is a reader again. */
  wakeUp(): void {
    if (this.#asleep.length > 0) this.wire(this.#asleep)
  }

  get #hasSides(): boolean {
    return this.draft?.kind === 'process' && this.draft.inputs.length > 1
  }

  #edge(from: PushOutput): Edge {
    return { from, owner: this, loops: isAbove(this, from), entrance: this.operator }
  }

  #entrances(inputs: number): readonly Operator[] {
    if (this.#hasSides) return sideEntrances(inputs, this.operator, untimedOf(this.draft))
    return inputs > 1 ? mergeEntrances(inputs, this.operator) : [this.operator]
  }

  #makeOperator(draft: StepDraft, inputs: readonly PushOutput[]): Operator {
    const { scope, deadLetters, makeTime } = this.graph
    const { main, sides } = this
    const failures = new FailureHandler(this.id, draft.onError, scope, deadLetters)
    const ports = inputs.map(({ owner, output }) => ({ step: owner?.id ?? '', output }))
    // A draft with its id and the ports that it reads is a step.
    const step = { ...draft, id: this.id, inputs: ports } as Step
    const complete = (): void => this.#complete()
    return pushOperator(step, { next: main.target, failures, scope, main, sides, complete, makeTime })
  }

  #complete(): void {
    if (this.#isComplete) return
    this.#isComplete = true
    if (this.inputs.length > 0) this.#finish()
  }

  #finish(): void {
    this.main.advance(Number.POSITIVE_INFINITY, false)
    this.#leave()
  }

  #leave(): void {
    const above = this.inputs
    if (above.length === 0) return
    this.wire([])
    for (const { from } of above) from.owner?.unread()
  }
}

function untimedOf(draft: StepDraft | undefined): readonly number[] {
  return (
    (draft?.kind === 'process' && draft.logic.kind === 'kernel' ? draft.logic.factory.untimed : undefined) ??
    []
  )
}

function readsTime(draft: StepDraft | undefined): boolean {
  return (
    draft?.kind === 'process' && draft.logic.kind === 'kernel' && draft.logic.factory.readsTime !== undefined
  )
}

/** Somebody below looks at times: elements that are emitted here or above get one, unless a step on the way gives it. */
function markTimed(output: PushOutput): void {
  if (output.isTimed) return
  output.isTimed = true
  const step = output.owner
  if (step === undefined || givesOwnTime(step)) return
  for (const { from } of step.inputs) markTimed(from)
}

/** Whether the times above a step mean nothing below it. */
function givesOwnTime({ draft }: PushStep): boolean {
  return draft?.kind === 'process' && draft.logic.kind === 'time' && draft.logic.time.timeOf !== 'record'
}
