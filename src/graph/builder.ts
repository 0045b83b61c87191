/**
 * Collects steps while a program describes its graph. Building runs nothing; whatever is wrong is
 * said here, before anything runs.
 */
import { GraphError } from '../errors.ts'
import { type Graph, makeGraph } from './graph.ts'
import type { Port, Step } from './step.ts'

type WithoutId<S> = S extends Step ? Omit<S, 'id' | 'inputs'> : never

/** A step as an operator describes it: the builder finds its id. */
export type StepDraft = WithoutId<Step> & {
  /** The id the user gave, if any. */
  readonly id: string | undefined
  readonly inputs: readonly PortRef[]
  /** Side outputs that were handed out before the step was. */
  readonly sideOutputs?: readonly PortRef[]
}

/** A port that may be told only later which step it belongs to. */
export interface PortRef {
  step: string | undefined
  readonly output: string | undefined
  /** What to do when it was never told, as the end of a sentence. */
  readonly hint?: string
}

/** The longest id; with the app's name it must still make a topic name. */
export const MAX_STEP_ID_LENGTH = 100
const STEP_ID = /^[A-Za-z0-9._-]+$/

/** Collects the steps of one graph. */
export class GraphBuilder {
  readonly name: string
  readonly #drafts: { readonly id: string; readonly draft: StepDraft }[] = []
  readonly #ids = new Set<string>()
  /** The names of the sources that lead to a step: the first half of derived ids. */
  readonly #pipelines = new Map<string, string>()
  /** What it has handed out. */
  readonly #ports = new WeakSet<PortRef>()

  constructor(name: string) {
    this.name = name
  }

  /**
   * Adds a step and gives its main output. A derived id is `<pipeline>.<name>`, numbered from the
   * second one on, so that adding a filter does not rename a sum.
   */
  add(draft: StepDraft): PortRef {
    for (const input of draft.inputs) this.#checkOwn(input, draft.name)
    const pipeline = this.#pipelineOf(draft)
    const id = draft.id === undefined ? this.#deriveId(pipeline, draft) : this.#checkId(draft.id)
    this.#ids.add(id)
    this.#pipelines.set(id, draft.kind === 'source' ? id : pipeline)
    this.#drafts.push({ id, draft })
    for (const port of draft.sideOutputs ?? []) port.step ??= id
    return this.#hand({ step: id, output: undefined })
  }

  /** A side output of a step that is added later, in the draft that names it. */
  sideOutput(output: string, hint: string): PortRef {
    return this.#hand({ step: undefined, output, hint })
  }

  /** The graph of all steps so far. Throws `GraphError` when it cannot run. */
  build(): Graph {
    const steps = this.#drafts.map(({ id, draft }) => {
      const { sideOutputs: _, ...step } = draft
      const inputs = step.inputs.map(input => this.#resolve(input, step.name))
      return { ...step, id, inputs }
    })
    return makeGraph(this.name, steps)
  }

  #hand(port: PortRef): PortRef {
    this.#ports.add(port)
    return port
  }

  #checkOwn(port: PortRef, reader: string): void {
    if (this.#ports.has(port)) return
    throw new GraphError(
      'GRAPH_INVALID',
      `${reader} in app "${this.name}" reads a stream that is not one of this app, but a live one or one of another app: streams that are joined must come from topics of one app`,
    )
  }

  #resolve(port: PortRef, reader: string): Port {
    if (port.step !== undefined) return { step: port.step, output: port.output }
    throw new GraphError(
      'GRAPH_INVALID',
      `${reader} reads the output ${JSON.stringify(port.output ?? 'main')} of a step that was never added to app "${this.name}": ${port.hint ?? 'add it'}`,
    )
  }

  #pipelineOf(draft: StepDraft): string {
    const names = new Set(draft.inputs.map(input => this.#pipelines.get(input.step ?? '') ?? 'late'))
    const joined = [...names].join('_')
    return joined.length <= MAX_STEP_ID_LENGTH / 2 ? joined : `${joined.slice(0, MAX_STEP_ID_LENGTH / 2)}_`
  }

  #deriveId(pipeline: string, draft: StepDraft): string {
    const base = draft.kind === 'source' ? draft.topic.name : `${pipeline}.${draft.name}`
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}-${number}`
      if (!this.#ids.has(id)) return id
    }
  }

  #checkId(id: string): string {
    if (this.#ids.has(id)) {
      throw new GraphError(
        'STEP_ID_DUPLICATE',
        `step "${id}" appears twice in app "${this.name}"; step ids must be unique: rename one`,
        { step: id },
      )
    }
    if (STEP_ID.test(id) && id.length <= MAX_STEP_ID_LENGTH) return id
    throw new GraphError(
      'OPTION_INVALID',
      `step id ${JSON.stringify(id)} in app "${this.name}" is not allowed: use up to ${MAX_STEP_ID_LENGTH} letters, digits, ".", "_" and "-"`,
    )
  }
}
