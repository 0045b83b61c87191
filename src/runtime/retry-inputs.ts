/**
 * The inputs by which dead letters come back: one for each number of a task, since a dead letter
 * belongs to its step in the task of that number, whatever worker and fragment that is in this run.
 */
import type { Broker, InputClaim, InputPosition } from '../broker/index.ts'
import {
  type Compiled,
  type DeadLetterBatch,
  type Fragment,
  type Plan,
  RETRY_STEP,
  RetryInput,
  type RetryTarget,
  type Scope,
} from '../engine/index.ts'
import { stepOf } from '../graph/index.ts'
import { retryTopic } from './names.ts'
import type { RunFacts } from './prepare.ts'

/** What they need of the worker that opens them. */
export interface RetryOptions {
  readonly broker: Broker
  readonly plan: Plan
  readonly facts: RunFacts
}

/** What they need of the task that they are counted to. */
export interface RetryHost {
  readonly deadLetters: DeadLetterBatch
  readonly scope: Scope
  positionOf(step: string, partition: number): InputPosition
}

/** Opens the retry inputs of one worker. */
export class RetryInputs {
  readonly #options: RetryOptions
  readonly #topic: string
  readonly #indexes: readonly number[]
  readonly #opened = new Set<number>()
  /** By the number of a task: where elements enter its steps. */
  readonly #targets = new Map<number, Map<string, RetryTarget>>()

  /** `indexes` are the numbers of the worker's tasks. */
  constructor(options: RetryOptions, indexes: ReadonlySet<number>) {
    this.#options = options
    this.#topic = retryTopic(options.facts.app)
    const count = options.facts.partitions[this.#topic] ?? 0
    this.#indexes = [...indexes].filter(index => index < count)
  }

  /** What the worker has to claim for them. */
  async claims(): Promise<readonly InputClaim[]> {
    if (this.#indexes.length === 0) return []
    const bounds = await this.#options.broker.partitions(this.#topic)
    return this.#indexes.map(partition => ({
      step: RETRY_STEP,
      partition,
      initial: bounds[partition]?.start ?? 0,
      topic: this.#topic,
    }))
  }

  /** Says where elements enter the steps of a task. */
  addTargets(fragment: Fragment, index: number, compiled: Compiled, scope: Scope): void {
    const targets = this.#targetsOf(index)
    for (const [step, operator] of compiled.operators) {
      targets.set(step, { operator, scope, codec: undefined, failed: () => {} })
    }
    for (const input of fragment.inputs) {
      const step = stepOf(this.#options.plan.graph, input.step)
      const operator = compiled.entrances.get(input.step)
      if (index >= input.partitions || step.kind !== 'source' || operator === undefined) continue
      const failures = compiled.failuresOf(step)
      const failed: RetryTarget['failed'] = (thrown, context) => failures.handle(thrown, undefined, context)
      targets.set(step.id, { operator, scope, codec: step.topic.codec, failed })
    }
  }

  /** The input for a number, where it has not been opened yet: the first task that has the number is its host. */
  open(index: number, host: RetryHost): readonly RetryInput[] {
    if (this.#opened.has(index) || !this.#indexes.includes(index)) return []
    this.#opened.add(index)
    const { broker, facts } = this.#options
    const { next: position, epoch } = host.positionOf(RETRY_STEP, index)
    return [
      new RetryInput({
        topic: this.#topic,
        partition: index,
        reader: broker.reader(this.#topic, index, position),
        position,
        epoch,
        end: facts.ends[this.#topic]?.[index] ?? Number.POSITIVE_INFINITY,
        targets: this.#targetsOf(index),
        deadLetters: host.deadLetters,
        scope: host.scope,
      }),
    ]
  }

  #targetsOf(index: number): Map<string, RetryTarget> {
    let targets = this.#targets.get(index)
    if (targets === undefined) {
      targets = new Map()
      this.#targets.set(index, targets)
    }
    return targets
  }
}
