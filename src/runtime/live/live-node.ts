/** One step of a live graph: its operator, whom it reads, and who reads it. */
import type { Source } from '../../connect/index.ts'
import {
  EagerSink,
  FailureHandler,
  mergeEntrances,
  type Operator,
  ProcessOperator,
  pushOperator,
  SourceRun,
  StepOperator,
  sideEntrances,
} from '../../engine/index.ts'
import { GraphError } from '../../errors.ts'
import type { Step, StepDraft } from '../../graph/index.ts'
import type { LiveGraph } from './live-graph.ts'
import { LiveOutput, type Reader } from './live-output.ts'
import { hearTimers, isAbove, nodesAbove } from './live-walk.ts'

/** A step that runs. */
export class LiveNode {
  static #count = 0
  /** Tells which of two steps was built first. */
  readonly number: number = LiveNode.#count++
  readonly id: string
  readonly graph: LiveGraph
  readonly draft: StepDraft | undefined
  readonly main: LiveOutput
  readonly sides: Map<string, LiveOutput> = new Map<string, LiveOutput>()
  inputs: readonly Reader[] = []
  source: SourceRun | undefined
  /** What elements enter; a root and a merge hand them on as they are. */
  readonly operator: Operator
  #isComplete = false
  /** What it read when its last reader left: it reads that again for the next one. */
  #asleep: readonly Reader[] = []

  constructor(graph: LiveGraph, draft: StepDraft | undefined, name: string) {
    this.graph = graph
    this.draft = draft
    this.id = graph.newId(name)
    this.main = new LiveOutput(graph, undefined)
    this.main.node = this
    for (const side of draft?.sideOutputs ?? []) {
      const output = graph.outputOf(side, name)
      output.node = this
      this.sides.set(output.output ?? '', output)
    }
    const inputs = (draft?.inputs ?? []).map(input => graph.outputOf(input, name))
    if (readsTime(draft)) inputs.forEach(markTimed)
    this.operator = draft === undefined ? this.main : this.#makeOperator(draft, inputs)
    this.wire(inputs.map(from => this.#edge(from)))
  }

  /** Makes these the step's inputs; those that stay keep their places among their output's readers. */
  wire(inputs: readonly Reader[]): void {
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

  connect(from: LiveOutput): void {
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

  disconnect(from: LiveOutput): void {
    if (!this.inputs.some(input => input.from === from)) {
      throw new GraphError('GRAPH_INVALID', `step "${this.id}" does not read "${from.step ?? ''}"`, {
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
    return this.graph.scope.root(() => operator.flush())
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

  #edge(from: LiveOutput): Reader {
    return { from, node: this, loops: isAbove(this, from), entrance: this.operator }
  }

  #entrances(inputs: number): readonly Operator[] {
    if (this.#hasSides) return sideEntrances(inputs, this.operator)
    return inputs > 1 ? mergeEntrances(inputs, this.operator) : [this.operator]
  }

  #makeOperator(draft: StepDraft, inputs: readonly LiveOutput[]): Operator {
    const { scope, deadLetters } = this.graph
    const { main, sides } = this
    const failures = new FailureHandler(this.id, draft.onError, scope, deadLetters)
    const ports = inputs.map(({ step: above = '', output }) => ({ step: above, output }))
    // A draft with its id and the ports that it reads is a step.
    const step = { ...draft, id: this.id, inputs: ports } as Step
    const complete = (): void => this.#complete()
    return pushOperator(step, { next: main.target, failures, scope, main, sides, complete })
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
    for (const { from } of above) from.node?.unread()
  }
}

function readsTime(draft: StepDraft | undefined): boolean {
  return (
    draft?.kind === 'process' && draft.logic.kind === 'kernel' && draft.logic.factory.readsTime !== undefined
  )
}

/** Somebody below looks at times: the roots give each element one. */
function markTimed(output: LiveOutput): void {
  for (const node of nodesAbove(output)) node.graph.scope.isTimed = true
}
