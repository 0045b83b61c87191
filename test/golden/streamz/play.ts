/** Plays a recorded case of streamz, and says how the result differs from what was recorded. */
import { isDeepStrictEqual } from 'node:util'
import { ManualClock, RefCounter, SluiceError } from 'sluice'
import { addNode, type BuildHost, type NodeSpec, nodeOf } from './build.ts'

/** One step of a case's input. */
type Step =
  | readonly [node: string, value: unknown, ref?: string]
  | { readonly do: 'flush' | 'destroy'; readonly node: string }
  | { readonly do: 'connect' | 'disconnect'; readonly from: string; readonly to: string }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'emitNoWait'; readonly node: string; readonly value: unknown }

type Arrival = readonly [sink: string, value: unknown]

/** A recorded case. */
export interface StreamzCase {
  readonly id: string
  readonly graph: readonly NodeSpec[]
  readonly input: readonly Step[]
  readonly output?: Readonly<Record<string, readonly unknown[]>>
  readonly steps?: readonly (readonly Arrival[])[]
  readonly errors?: readonly { readonly step: number; readonly type: string }[]
  readonly buildError?: string
  readonly refCounts?: readonly Readonly<Record<string, number>>[]
  readonly timed?: boolean
  readonly mode?: string
  readonly streamzLosesData?: boolean
}

/** What came of a case. */
export interface Played {
  readonly output: Readonly<Record<string, readonly unknown[]>>
  readonly steps: readonly (readonly Arrival[])[]
  /** The steps at which emit failed, with the name of what was thrown by a function of the case, or the code. */
  readonly errors: readonly { readonly step: number; readonly thrown: string }[]
  readonly refCounts: readonly Readonly<Record<string, number>>[]
  readonly buildError: string | undefined
}

const TICK_MS = 5
const MAX_TICKS = 20_000

/** Plays a case by its own clock. */
export async function play(recorded: StreamzCase): Promise<Played> {
  const player = new Player(recorded)
  try {
    player.build()
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown
    return player.played(thrown.code)
  }
  await player.run()
  return player.played(undefined)
}

/** In what the result differs from what was recorded; empty where it does not. */
export function differences(recorded: StreamzCase, played: Played): readonly string[] {
  if (recorded.buildError !== undefined)
    return played.buildError === undefined ? ['the graph was not refused'] : []
  if (played.buildError !== undefined) return [`the graph was refused: ${played.buildError}`]
  const errorSteps = (recorded.errors ?? []).map(error => error.step)
  const found = [
    compare('output', recorded.output, played.output),
    compare(
      'errors at steps',
      errorSteps,
      played.errors.map(error => error.step),
    ),
    recorded.timed === true ? undefined : compare('steps', recorded.steps, played.steps),
    recorded.refCounts === undefined ? undefined : compare('refCounts', recorded.refCounts, played.refCounts),
  ]
  for (const { step, type } of recorded.errors ?? []) {
    const thrown = played.errors.find(error => error.step === step)?.thrown
    if ((type === 'Boom') !== (thrown === 'Boom')) found.push(`step ${step} threw ${thrown}, not ${type}`)
  }
  return found.filter(each => each !== undefined)
}

function compare(what: string, expected: unknown, actual: unknown): string | undefined {
  // As JSON, for Python's integers know no −0.
  if (isDeepStrictEqual(expected, JSON.parse(JSON.stringify(actual ?? null)) ?? undefined)) return undefined
  return `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`
}

class Player {
  readonly output: Record<string, unknown[]> = {}
  readonly steps: Arrival[][] = []
  readonly errors: { step: number; thrown: string }[] = []
  readonly refCounts: Record<string, number>[] = []
  readonly #case: StreamzCase
  readonly #clock = new ManualClock(0)
  readonly #refs = new Map<string, RefCounter>()
  readonly #host: BuildHost

  constructor(recorded: StreamzCase) {
    this.#case = recorded
    this.#host = {
      clock: this.#clock,
      nodes: new Map(),
      arrived: (sink, value) => {
        this.output[sink]?.push(value)
        this.steps.at(-1)?.push([sink, value])
      },
    }
  }

  played(buildError: string | undefined): Played {
    const { output, steps, errors, refCounts } = this
    return { output, steps, errors, refCounts, buildError }
  }

  build(): void {
    for (const spec of this.#case.graph) {
      if (spec.op.toLowerCase().endsWith('sink')) this.output[spec.id] = []
      addNode(spec, this.#host)
    }
  }

  async run(): Promise<void> {
    for (const [number, step] of this.#case.input.entries()) {
      this.steps.push([])
      try {
        await this.#play(step)
      } catch (thrown) {
        if (!(thrown instanceof SluiceError)) throw thrown
        const name = thrown.cause instanceof Error ? thrown.cause.name : thrown.code
        this.errors.push({ step: number, thrown: name })
      }
      this.refCounts.push(Object.fromEntries([...this.#refs].map(([name, ref]) => [name, ref.count])))
    }
    const source = this.#host.nodes.values().next().value
    await source?.dispose()
  }

  async #play(step: Step): Promise<void> {
    if (!('do' in step)) {
      const [node, value, ref] = step
      return this.#settled(
        nodeOf(node, this.#host).emit(value, ref === undefined ? undefined : this.#meta(ref)),
      )
    }
    switch (step.do) {
      case 'flush':
        return this.#settled(nodeOf(step.node, this.#host).flush())
      case 'destroy':
        return nodeOf(step.node, this.#host).detach()
      case 'connect':
        return nodeOf(step.from, this.#host).connect(nodeOf(step.to, this.#host))
      case 'disconnect':
        return nodeOf(step.from, this.#host).disconnect(nodeOf(step.to, this.#host))
      case 'emitNoWait':
        void nodeOf(step.node, this.#host).emit(step.value)
        return undefined
      case 'wait':
        return this.#wait(step.seconds * 1000)
    }
  }

  #meta(name: string): { readonly ref: RefCounter } {
    const ref = new RefCounter()
    this.#refs.set(name, ref)
    return { ref }
  }

  /** Lets time pass until the promise has settled. */
  async #settled(promise: Promise<void> | undefined): Promise<void> {
    if (promise === undefined) return
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    for (let ticks = 0; ; ticks++) {
      await turn()
      if (isSettled) return promise
      if (ticks > MAX_TICKS) throw new Error(`emit of case ${this.#case.id} does not settle`)
      this.#clock.advance(TICK_MS)
    }
  }

  async #wait(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.#clock.advance(TICK_MS)
      await turn()
    }
  }
}

/** Lets everything go on that can without time passing. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
