/**
 * Both ends of the exchanges of one worker: calls where one worker owns everything, repartition topics
 * elsewhere.
 */
import type { Broker } from '../broker/index.ts'
import {
  type Compiled,
  ExchangeEntrance,
  type FailureHandler,
  type Fragment,
  MemorySender,
  type Operator,
  type Plan,
  type RunEnd,
  type Scope,
  TopicSender,
} from '../engine/index.ts'
import { type ExchangeStep, upstreamOf } from '../graph/index.ts'
import { repartitionTopic } from './names.ts'
import type { RunFacts } from './prepare.ts'
import { sourceEnds } from './source-growth.ts'

/** What they need of the worker that opens them. */
export interface ExchangeOptions {
  readonly broker: Broker
  readonly plan: Plan
  readonly facts: RunFacts
  readonly workers: number
  readonly newScope: () => Scope
}

/**
 * Whether exchanges are calls within one worker. What lies in a repartition topic must not be
 * overtaken, so a run that finds something there uses topics to its end, with one worker too.
 */
export function isInMemory(workers: number, facts: RunFacts): boolean {
  return workers === 1 && !facts.backlog
}

/** The receiving ends of exchanges in one task. */
export interface Receivers {
  /** By exchange. */
  readonly entrances: ReadonlyMap<string, ExchangeEntrance>
  /** What stands below exchanges of which the task has no shard. */
  readonly unfed: readonly Operator[]
}

/** Opens the ends of exchanges, task by task; `connect` when all tasks are open. */
export class ExchangeEnds {
  readonly inMemory: boolean
  readonly #options: ExchangeOptions
  readonly #end: RunEnd
  readonly #scopes = new Map<string, Scope>()
  /** The receiving ends that were opened, by exchange and shard. */
  readonly #entrances = new Map<string, ExchangeEntrance>()
  /** The receiving ends that the senders of each in-memory exchange call, by shard. */
  readonly #shards = new Map<string, ExchangeEntrance[]>()

  constructor(options: ExchangeOptions) {
    const { facts, workers } = options
    this.#options = options
    this.#end = { run: facts.run, drain: facts.mode === 'drain' }
    this.inMemory = isInMemory(workers, facts)
  }

  /** The scope of a task: tasks that an in-memory exchange joins share one. */
  scopeOf(fragment: Fragment, index: number): Scope {
    const joined = this.inMemory ? joinedFragments(this.#options.plan, fragment) : [fragment]
    const numbers = joined.map(other => other.index).sort((a, b) => a - b)
    const name = joined.length > 1 ? numbers.join('+') : `${fragment.index}/${index}`
    let scope = this.#scopes.get(name)
    if (scope === undefined) {
      scope = this.#options.newScope()
      this.#scopes.set(name, scope)
    }
    return scope
  }

  /** The sending end of an in-memory exchange, for the task that is the channel. */
  memorySender(exchange: ExchangeStep, channel: string, failures: FailureHandler): MemorySender {
    const { plan } = this.#options
    const planned = plan.exchanges.find(candidate => candidate.step === exchange)
    const shards = this.#shards.get(exchange.id) ?? []
    this.#shards.set(exchange.id, shards)
    const toAll = exchange.key.kind === 'all'
    return new MemorySender({ channel: planned?.channels.indexOf(channel) ?? -1, toAll, shards, failures })
  }

  /** The sending end of an exchange through a topic, for the task that is the channel. */
  topicSender(
    exchange: ExchangeStep,
    channel: string,
    parts: {
      readonly sourcePosition: () => number
      readonly failures: FailureHandler
      readonly partialFailures: FailureHandler | undefined
    },
  ): TopicSender {
    const { plan, facts } = this.#options
    const { sourcePosition, failures, partialFailures } = parts
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
      toAll: exchange.key.kind === 'all',
      failures,
      sourcePosition,
      partial,
    })
  }

  /** The receiving ends in a task. */
  receivers(fragment: Fragment, index: number, compiled: Compiled): Receivers {
    const { broker, plan } = this.#options
    const entrances = new Map<string, ExchangeEntrance>()
    const unfed: Operator[] = []
    for (const { step, to, from, channels } of plan.exchanges) {
      const next = to === fragment ? compiled.entrances.get(step.id) : undefined
      if (next === undefined) continue
      if (index >= plan.shards) {
        // This task has no shard of its own: nothing will come here, and nothing must wait for it.
        next.advance(Number.NEGATIVE_INFINITY, true)
        unfed.push(next)
        continue
      }
      const ends = sourceEnds(broker, plan, from)
      const entrance = new ExchangeEntrance(step.id, channels, this.#end, next, ends)
      entrances.set(step.id, entrance)
      this.#entrances.set(`${step.id}/${index}`, entrance)
    }
    return { entrances, unfed }
  }

  /** Connects the ends: a task may send to itself, or to one that was opened after it. */
  connect(): void {
    for (const [exchange, shards] of this.#shards) {
      for (let shard = 0; shard < this.#options.plan.shards; shard++) {
        const entrance = this.#entrances.get(`${exchange}/${shard}`)
        if (entrance !== undefined) shards.push(entrance)
      }
    }
  }
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
