/** Makes running tasks: claims their inputs, restores their state, compiles and connects them. */
import {
  BatchBuilder,
  type Broker,
  type Group,
  type InputClaim,
  type InputPosition,
} from '../broker/index.ts'
import {
  type Compiled,
  compileTask,
  decodeProgress,
  ExchangeEntrance,
  ExchangeInput,
  type FailureHandler,
  type Fragment,
  type FragmentInput,
  MemorySender,
  type Plan,
  type RunEnd,
  type Scope,
  SourceInput,
  Task,
  type TaskInput,
  TopicSender,
  taskName,
} from '../engine/index.ts'
import { InternalError, StateError } from '../errors.ts'
import { type ExchangeStep, type ProcessStep, stepOf, upstreamOf } from '../graph/index.ts'
import { type RestoredLog, restoreState, ShardState, StateLog } from '../state/index.ts'
import { deadLetterTopic, repartitionTopic, stateTopics } from './names.ts'
import type { RunFacts } from './prepare.ts'
import { RetryInputs } from './retry-inputs.ts'
import { sourceEnds, sourcePosition } from './source-growth.ts'

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
  readonly #scopes = new Map<string, Scope>()
  /** The receiving sides that were opened, by exchange and shard. */
  readonly #entrances = new Map<string, ExchangeEntrance>()
  /** The receiving sides of each in-memory exchange, by shard: complete once all tasks are open. */
  readonly #shards = new Map<string, ExchangeEntrance[]>()
  readonly #end: RunEnd
  readonly #retries: RetryInputs

  constructor(options: OpenOptions) {
    this.#options = options
    const { plan, worker, workers, facts } = options
    this.#end = { run: facts.run, drain: facts.mode === 'drain' }
    const deepestFirst = [...plan.fragments].sort((a, b) => b.depth - a.depth)
    this.#places = deepestFirst.flatMap(fragment =>
      Array.from({ length: fragment.tasks }, (_, index) => ({ fragment, index })).filter(
        place => place.index % workers === worker,
      ),
    )
    this.#retries = new RetryInputs(options, new Set(this.#places.map(place => place.index)))
  }

  async claim(): Promise<void> {
    const { broker, group, plan, facts } = this.#options
    const claims: InputClaim[] = []
    for (const { fragment, index } of this.#places) {
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
    // A task may send to itself, or to one that was opened after it.
    for (const [exchange, shards] of this.#shards) {
      for (let shard = 0; shard < this.#options.plan.shards; shard++) {
        const entrance = this.#entrances.get(`${exchange}/${shard}`)
        if (entrance !== undefined) shards.push(entrance)
      }
    }
    this.#restoreProgress(tasks)
    return tasks
  }

  #openTask({ fragment, index }: Place): Task {
    const { plan, facts, snapshotAfterBytes } = this.#options
    const name = taskName(fragment, index)
    const scope = this.#scopeOf(fragment, index)
    const deadLetterName = deadLetterTopic(facts.app)
    const deadLetters = { batch: new BatchBuilder() }
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
        if (this.#isInMemory) return this.#memorySender(exchange, name, failures)
        const sender = this.#topicSender(
          exchange,
          name,
          () => sourcePosition(inputs),
          failures,
          partialFailures,
        )
        senders.push(sender)
        return sender
      },
      partitionsOf: topic => facts.partitions[topic] ?? 1,
    })
    const entrances = this.#openEntrances(fragment, index, compiled)
    this.#retries.addTargets(fragment, index, compiled, scope)
    inputs = [
      ...this.#openInputs(fragment, index, compiled, entrances, scope),
      ...this.#retries.open(index, { deadLetters, scope, positionOf: this.#positionOf.bind(this) }),
    ]
    return new Task({
      ...compiled,
      name,
      index,
      scope,
      inputs,
      entrances,
      stateLogs,
      senders,
      deadLetters,
      deadLetterTopic: deadLetterName,
      deadLetterPartition: index % (facts.partitions[deadLetterName] ?? 1),
    })
  }

  get #isInMemory(): boolean {
    return isInMemory(this.#options.workers, this.#options.facts)
  }

  /** Tasks that an in-memory exchange joins share a scope. */
  #scopeOf(fragment: Fragment, index: number): Scope {
    const joined = this.#isInMemory ? joinedFragments(this.#options.plan, fragment) : [fragment]
    const name =
      joined.length > 1
        ? joined
            .map(other => other.index)
            .sort((a, b) => a - b)
            .join('+')
        : `${fragment.index}/${index}`
    let scope = this.#scopes.get(name)
    if (scope === undefined) {
      scope = this.#options.newScope()
      this.#scopes.set(name, scope)
    }
    return scope
  }

  #restoredOf(step: ProcessStep, index: number): Restored {
    const restored = this.#restored.get(`${step.id}/${index}`)
    if (restored === undefined) throw new InternalError(`no restored state for ${step.id}/${index}`)
    return restored
  }

  #memorySender(exchange: ExchangeStep, channel: string, failures: FailureHandler): MemorySender {
    const { plan } = this.#options
    const planned = plan.exchanges.find(candidate => candidate.step === exchange)
    const shards = this.#shards.get(exchange.id) ?? []
    this.#shards.set(exchange.id, shards)
    return new MemorySender(planned?.channels.indexOf(channel) ?? -1, shards, failures)
  }

  #topicSender(
    exchange: ExchangeStep,
    channel: string,
    position: () => number,
    failures: FailureHandler,
    partialFailures: FailureHandler | undefined,
  ): TopicSender {
    const { plan, facts } = this.#options
    const step = plan.exchanges.find(candidate => candidate.step === exchange)?.partialFor
    const make = step?.logic.kind === 'kernel' ? step.logic.factory.partial : undefined
    const partial =
      make === undefined || partialFailures === undefined
        ? undefined
        : { aggregator: make(partialFailures.guarded), failures: partialFailures }
    return new TopicSender({
      topic: repartitionTopic(facts.app, exchange.id),
      channel,
      step: exchange.id,
      above: new Set(upstreamOf(plan.graph, exchange).map(above => above.id)),
      shards: plan.shards,
      failures,
      sourcePosition: position,
      partial,
    })
  }

  #openEntrances(
    fragment: Fragment,
    index: number,
    compiled: Compiled,
  ): ReadonlyMap<string, ExchangeEntrance> {
    const entrances = new Map<string, ExchangeEntrance>()
    for (const exchange of this.#options.plan.exchanges) {
      if (exchange.to !== fragment) continue
      const next = compiled.entrances.get(exchange.step.id)
      if (next === undefined) continue
      if (index >= this.#options.plan.shards) {
        // This task has no shard of its own: nothing will come here, and nothing must wait for it.
        next.advance(Number.NEGATIVE_INFINITY, true)
        continue
      }
      const entrance = new ExchangeEntrance(
        exchange.step.id,
        exchange.channels,
        this.#end,
        next,
        sourceEnds(this.#options.broker, this.#options.plan, exchange.from),
      )
      entrances.set(exchange.step.id, entrance)
      this.#entrances.set(`${exchange.step.id}/${index}`, entrance)
    }
    return entrances
  }

  #openInputs(
    fragment: Fragment,
    index: number,
    compiled: Compiled,
    entrances: ReadonlyMap<string, ExchangeEntrance>,
    scope: Scope,
  ): readonly TaskInput[] {
    const { broker, plan, facts } = this.#options
    return fragment.inputs.flatMap((input, number): readonly TaskInput[] => {
      if (index >= input.partitions) return []
      const step = stepOf(plan.graph, input.step)
      const { next: position, epoch } = this.#positionOf(input.step, index)
      const failures = compiled.failuresOf(step)
      const entrance = entrances.get(input.step)
      if (step.kind !== 'source') {
        if (entrance === undefined) return []
        const topic = repartitionTopic(facts.app, input.step)
        const reader = broker.reader(topic, index, position)
        const target = plan.exchanges.find(exchange => exchange.step.id === input.step)?.partialFor
        const partialFor = () => compiled.processes.find(process => process.id === target?.id)
        const live = !this.#isInMemory
        return [
          new ExchangeInput({
            entrance,
            topic,
            partition: index,
            reader,
            position,
            epoch,
            scope,
            failures,
            partialFor,
            live,
          }),
        ]
      }
      const next = compiled.entrances.get(input.step)
      if (next === undefined) throw new InternalError(`source ${input.step} was not compiled`)
      return [
        new SourceInput({
          step,
          partition: index,
          input: number,
          reader: broker.reader(step.topic.name, index, position),
          position,
          epoch,
          end: facts.ends[step.topic.name]?.[index] ?? Number.POSITIVE_INFINITY,
          next,
          failures,
          scope,
          lanes: compiled.times.flatMap(time => time.lanes.filter(lane => lane.input === number)),
          needsRecordKey: plan.graph.steps.some(
            other => other.kind === 'exchange' && other.key.kind === 'record',
          ),
        }),
      ]
    })
  }

  #positionOf(step: string, partition: number): InputPosition {
    const position = this.#positions.get(`${step}/${partition}`)
    if (position === undefined) throw new InternalError(`${step}/${partition} was not claimed`)
    return position
  }

  /**
   * Brings progress back, for all tasks together: elements in flight first, then watermarks, which
   * wait behind those elements as they did before. An element belongs to the task that has its step
   * now: an exchange may have come or gone since.
   */
  #restoreProgress(tasks: readonly Task[]): void {
    const stored = tasks.flatMap(task =>
      task.parts.inputs.map(input => {
        const { progress } = this.#positionOf(input.step, input.partition)
        return { task, input, progress: decodeProgress(progress) }
      }),
    )
    for (const { task, progress } of stored) {
      for (const { step, value, context } of progress.inFlight) {
        const owner = tasks.find(
          other => other.parts.index === task.parts.index && other.parts.steps.has(step),
        )
        if (owner === undefined) throw this.#orphanedElement(step)
        owner.parts.steps.get(step)?.resumeElement(value, context)
      }
    }
    for (const { input, progress } of stored) input.restore(progress)
    for (const task of tasks) task.tellWatermarks()
  }

  #orphanedElement(step: string): StateError {
    return new StateError(
      'STATE_MISMATCH',
      `elements were in flight at step "${step}" when app "${this.#options.facts.app}" stopped, but the program has no such step: give the step its id back, or reset the group`,
      { step },
    )
  }
}

/**
 * Whether exchanges are calls within one worker. What lies in a repartition topic must not be
 * overtaken, so a run that finds something there uses topics to its end, with one worker too.
 */
export function isInMemory(workers: number, facts: RunFacts): boolean {
  return workers === 1 && !facts.backlog
}

function inputsAt(fragment: Fragment, index: number): readonly FragmentInput[] {
  return fragment.inputs.filter(input => index < input.partitions)
}

/** All fragments that exchanges connect with this one. */
function joinedFragments(plan: Plan, fragment: Fragment): readonly Fragment[] {
  const joined = new Set([fragment])
  for (const member of joined) {
    for (const { from, to } of plan.exchanges) {
      if (from === member) joined.add(to)
      if (to === member) joined.add(from)
    }
  }
  return [...joined]
}
