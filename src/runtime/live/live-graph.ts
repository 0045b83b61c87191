/**
 * What the steps of a live graph share: clock, policies, and the turns of whatever waits. A step may
 * read steps of another graph; each graph takes care of its own.
 */
import {
  type Current,
  type DeadLetters,
  type FailedElement,
  givesTime,
  type MakeTime,
  newCounters,
  type PushGraph,
  type PushOutput,
  PushStep,
  Scope,
  stepsAbove,
  Turns,
} from '../../engine/index.ts'
import { bigintAsText, GraphError, messageOf, type SluiceError, StepError, UsageError } from '../../errors.ts'
import {
  type ErrorPolicy,
  newContext,
  type PortRef,
  type ProcessStep,
  resolvePolicy,
  type StepDraft,
  type TimeSpec,
} from '../../graph/index.ts'
import type { Listener, SluiceEvent } from '../../observe/index.ts'
import { checkFunction, checkOptions, type LiveDeadLetter, type StepAdder } from '../../operators/index.ts'
import { type Clock, timerClock } from '../../time/index.ts'
import { LiveOutput } from './live-output.ts'

/** Options of a live stream. */
export interface StreamOptions {
  /** What it is called in pictures and messages. */
  readonly name?: string
  /** What a step without a policy of its own does with an element that it cannot process; `fail`. */
  readonly onError?: ErrorPolicy
  /** Is told of failures that no `emit` waits for; without it they are unhandled rejections. */
  readonly onFailure?: (error: SluiceError) => void
  /** Is told of elements that were skipped, tried again or sent to the dead letters. */
  readonly onEvent?: Listener
  readonly clock?: Clock
}

/** The root element that is processed right now, in whichever graph: calls nest, they never overlap. */
const CURRENT: Current = { failure: undefined, hold: undefined, tracksHolds: true, within: undefined }

/** Without a time step, the time that an element was emitted with counts. */
const EMIT_TIME: TimeSpec = {
  timeOf: 'record',
  outOfOrderMs: 0,
  idleAfterMs: Number.POSITIVE_INFINITY,
  maxAheadMs: Number.POSITIVE_INFINITY,
}

/** A graph that runs while it is built. */
export class LiveGraph implements StepAdder, PushGraph {
  readonly name: string
  readonly onError: ErrorPolicy
  readonly scope: Scope
  readonly letters: LiveOutput
  readonly makeTime: MakeTime | undefined
  readonly deadLetters: DeadLetters = { add: failed => this.#bury(failed) }
  readonly #ids = new Map<string, number>()

  constructor(given: StreamOptions, makeTime?: MakeTime) {
    this.makeTime = makeTime
    checkOptions(given, ['name', 'onError', 'onFailure', 'onEvent', 'clock'], 'new Stream')
    const { name = 'stream', onError = 'fail', clock = timerClock, onFailure, onEvent } = given
    resolvePolicy(onError, 'onError of new Stream')
    if (onFailure !== undefined) checkFunction(onFailure, 'onFailure')
    if (onEvent !== undefined) checkFunction(onEvent, 'onEvent')
    this.name = name
    this.onError = onError
    const turns = new Turns(() => this.scope)
    this.scope = new Scope({
      clock,
      counters: newCounters(),
      current: CURRENT,
      // A listener that throws must not be taken for a step that does: the graph goes on.
      publish: event => guarded(() => (onEvent ?? printOnly)(event)),
      unheard: error => {
        if (onFailure === undefined) void Promise.reject(error)
        else guarded(() => onFailure(error))
      },
      wake: () => turns.wake(),
    })
    this.letters = this.newRoot('dead letters')
  }

  add(draft: StepDraft): PortRef {
    const inputs = waitsForWatermarks(draft)
      ? draft.inputs.map(input => this.#withTime(input, draft))
      : draft.inputs
    return new PushStep(this, { ...draft, inputs }, draft.id ?? draft.name).main
  }

  sideOutput(output: string): PortRef {
    return this.newOutput(output)
  }

  /** An output that nothing but emits leads to. */
  newRoot(name: string): LiveOutput {
    return this.outputOf(new PushStep(this, undefined, name).main, name)
  }

  newOutput(output?: string): LiveOutput {
    return new LiveOutput(this, output)
  }

  newId(name: string): string {
    const number = (this.#ids.get(name) ?? 0) + 1
    this.#ids.set(name, number)
    return number === 1 ? name : `${name}-${number}`
  }

  /** An output of a step of this or another live graph with the same clock. */
  outputOf(port: PortRef | PushOutput, reader: string): LiveOutput {
    if (!(port instanceof LiveOutput)) {
      throw new GraphError(
        'GRAPH_INVALID',
        `${reader} joins a live stream with one of an app; streams of an app are joined within the app, from its topics`,
      )
    }
    if (port.graph.scope.clock === this.scope.clock) return port
    throw new GraphError(
      'GRAPH_INVALID',
      `${reader} joins the streams "${this.name}" and "${port.graph.name}", which have different clocks: give both the same one`,
    )
  }

  /** Where no step gives event time, elements happen when they say, or when they are emitted. */
  #withTime(input: PortRef, reader: StepDraft): PortRef {
    const output = this.outputOf(input, reader.name)
    if ([...stepsAbove(output)].some(step => givesTime(step.operator))) return output
    const logic = { kind: 'time', time: EMIT_TIME } as const
    const { nature, onError } = reader
    const time = { kind: 'process', id: undefined, name: 'emitTime', outputs: [], logic, within: [] } as const
    return new PushStep(this, { ...time, nature, onError, inputs: [output] }, 'emitTime').main
  }

  /** What was sent to the dead letters goes to whoever reads them; where nobody does, it has failed. */
  #bury({ step, error, value, thrown }: FailedElement): void {
    const { code, message } = error
    if (this.letters.readers.length > 0) {
      const letter: LiveDeadLetter = { step, code, message, element: value, error: thrown }
      // What keeps the letter keeps the element that it tells of.
      this.letters.push(letter, newContext())
    } else {
      const lost = `${message}; it is a dead letter, but nobody reads deadLetters() of "${this.name}"`
      this.scope.fail(new StepError('STEP_FAILED', lost, { cause: thrown, step }))
    }
  }
}

function waitsForWatermarks({ kind, ...draft }: StepDraft): boolean {
  const { logic } = draft as Partial<ProcessStep>
  return kind === 'process' && logic?.kind === 'kernel' && logic.factory.readsTime === 'watermark'
}

/** What a listener throws is an unhandled rejection: there is nobody else to tell. */
function guarded(tell: () => void): void {
  try {
    tell()
  } catch (thrown) {
    const message = `a listener of a stream threw: ${messageOf(thrown)}`
    void Promise.reject(new UsageError(message, { cause: thrown }))
  }
}

/** Where nobody listens, what a stream prints is printed. */
function printOnly(event: SluiceEvent): void {
  // biome-ignore lint/suspicious/noConsole: to print is what was asked for, in a page too
  if (event.type === 'print') console.log(JSON.stringify(event.value, bigintAsText))
}
