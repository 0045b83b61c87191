/** Makes running tasks: claims their inputs, restores their state, compiles and connects them. */
import {
  BatchBuilder,
  type Broker,
  type Group,
  type InputClaim,
  type InputPosition,
} from '../broker/index.ts'
import {
  compileTask,
  DeadLetterBatch,
  type Fragment,
  type FragmentInput,
  type Plan,
  type Scope,
  sinkRow,
  Task,
  type TaskInput,
  type TopicSender,
  taskName,
} from '../engine/index.ts'
import { InternalError } from '../errors.ts'
import { type ProcessStep, stepOf } from '../graph/index.ts'
import { type RestoredLog, restoreState, ShardState, StateLog } from '../state/index.ts'
import { ExchangeEnds } from './exchange-ends.ts'
import { deadLetterTopic, repartitionTopic, stateTopics } from './names.ts'
import type { RunFacts } from './prepare.ts'
import { restoreProgress } from './restore-progress.ts'
import { RetryInputs } from './retry-inputs.ts'
import { sourcePosition } from './source-growth.ts'
import { openInputs } from './task-inputs.ts'

/** What opening tasks needs. */
export interface OpenOptions {
  readonly broker: Broker
  readonly group: Group
  readonly plan: Plan
  readonly facts: RunFacts
  /** This worker's number, and how many there are. */
  readonly worker: number
  readonly workers: number
  /** A snapshot of state is taken once its changelog holds more; undefined: the usual limit. */
  readonly snapshotAfterBytes?: number | undefined
  readonly newScope: () => Scope
  /** Called again and again while state is restored. */
  readonly breathe: () => Promise<void>
}

interface Place {
  readonly fragment: Fragment
  readonly index: number
}

interface Restored {
  readonly state: ShardState
  readonly log: RestoredLog
}

/** Opens the tasks of one worker. */
export async function openTasks(options: OpenOptions, claimed: () => void): Promise<readonly Task[]> {
  const opener = new TaskOpener(options)
  await opener.claim()
  claimed()
  await opener.restore()
  return opener.open()
}

class TaskOpener {
  readonly #options: OpenOptions
  readonly #places: readonly Place[]
  readonly #positions = new Map<string, InputPosition>()
  readonly #restored = new Map<string, Restored>()
  readonly #exchanges: ExchangeEnds
  readonly #retries: RetryInputs

  constructor(options: OpenOptions) {
    this.#options = options
    const { plan, worker, workers } = options
    const deepestFirst = [...plan.fragments].sort((a, b) => b.depth - a.depth)
    this.#places = deepestFirst.flatMap(fragment =>
      Array.from({ length: fragment.tasks }, (_, index) => ({ fragment, index })).filter(
        place => place.index % workers === worker,
      ),
    )
    this.#exchanges = new ExchangeEnds(options)
    this.#retries = new RetryInputs(options, new Set(this.#places.map(place => place.index)))
  }

  async claim(): Promise<void> {
    const { broker, group, plan, facts } = this.#options
    const claims: InputClaim[] = []
    for (const { fragment, index } of this.#places) {
      for (const step of fragment.steps) {
        if (step.kind !== 'sink' || step.target.kind !== 'connector') continue
        claims.push({ step: sinkRow(step.id), partition: index, initial: 0 })
      }
      for (const input of inputsAt(fragment, index)) {
        const step = stepOf(plan.graph, input.step)
        const topic = step.kind === 'source' ? step.topic.name : repartitionTopic(facts.app, input.step)
        const initial =
          step.kind === 'source'
            ? await broker.resolve(topic, index, step.topic.from)
            : ((await broker.partitions(topic))[index]?.start ?? 0)
        claims.push({ step: input.step, partition: index, initial, topic })
      }
    }
    claims.push(...(await this.#retries.claims()))
    for (const position of await group.claim(claims)) {
      this.#positions.set(`${position.step}/${position.partition}`, position)
    }
  }

  async restore(): Promise<void> {
    const { broker, facts, breathe } = this.#options
    for (const { fragment, index } of this.#places) {
      for (const step of fragment.steps) {
        if (step.kind !== 'process' || step.logic.kind !== 'kernel') continue
        const state = new ShardState()
        const log = await restoreState(broker, stateTopics(facts.app, step.id), index, state, breathe)
        this.#restored.set(`${step.id}/${index}`, { state, log })
      }
    }
  }

  open(): readonly Task[] {
    const tasks = this.#places.map(place => this.#openTask(place))
    this.#exchanges.connect()
    restoreProgress(this.#options.facts.app, tasks, (step, partition) => {
      return this.#positionOf(step, partition).progress
    })
    return tasks
  }

  #openTask({ fragment, index }: Place): Task {
    const { plan, facts, snapshotAfterBytes } = this.#options
    const name = taskName(fragment, index)
    const scope = this.#exchanges.scopeOf(fragment, index)
    const deadLetterName = deadLetterTopic(facts.app)
    const deadLetters = new DeadLetterBatch(new BatchBuilder())
    const senders: TopicSender[] = []
    const stateLogs: StateLog[] = []
    let inputs: readonly TaskInput[] = []
    const compiled = compileTask({
      plan,
      fragment,
      index,
      scope,
      deadLetters,
      stateOf: step => {
        const { state, log } = this.#restoredOf(step, index)
        const topics = stateTopics(facts.app, step.id)
        stateLogs.push(new StateLog(state, topics, index, log, snapshotAfterBytes))
        return state
      },
      sendTo: (exchange, failures, partialFailures) => {
        if (this.#exchanges.inMemory) return this.#exchanges.memorySender(exchange, name, failures)
        const sender = this.#exchanges.topicSender(exchange, name, {
          sourcePosition: () => sourcePosition(inputs),
          failures,
          partialFailures,
        })
        senders.push(sender)
        return sender
      },
      partitionsOf: topic => facts.partitions[topic] ?? 1,
      commitsOf: step => this.#positionOf(sinkRow(step), index),
    })
    const { entrances, unfed } = this.#exchanges.receivers(fragment, index, compiled)
    this.#retries.addTargets(fragment, index, compiled, scope)
    const positionOf = this.#positionOf.bind(this)
    const live = !this.#exchanges.inMemory
    inputs = [
      ...openInputs({ ...this.#options, fragment, index, compiled, entrances, scope, live, positionOf }),
      ...this.#retries.open(index, { deadLetters, scope, positionOf }),
    ]
    return new Task({
      ...compiled,
      name,
      index,
      scope,
      inputs,
      entrances,
      unfed,
      stateLogs,
      senders,
      deadLetters,
      deadLetterTopic: deadLetterName,
      deadLetterPartition: index % (facts.partitions[deadLetterName] ?? 1),
    })
  }

  #restoredOf(step: ProcessStep, index: number): Restored {
    const restored = this.#restored.get(`${step.id}/${index}`)
    if (restored === undefined) throw new InternalError(`no restored state for ${step.id}/${index}`)
    return restored
  }

  #positionOf(step: string, partition: number): InputPosition {
    const position = this.#positions.get(`${step}/${partition}`)
    if (position === undefined) throw new InternalError(`${step}/${partition} was not claimed`)
    return position
  }
}

function inputsAt(fragment: Fragment, index: number): readonly FragmentInput[] {
  return fragment.inputs.filter(input => index < input.partitions)
}
