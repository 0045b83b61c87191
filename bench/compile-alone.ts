/** Compiles an app with one topic and no exchange, to be pushed into without a broker. */
import type { App, Topic } from 'sluice'
import { BatchBuilder } from '../src/broker/index.ts'
import {
  type Compiled,
  compileTask,
  DeadLetterBatch,
  makePlan,
  newCounters,
  type Operator,
  Scope,
} from '../src/engine/index.ts'
import { ShardState } from '../src/state/index.ts'
import { systemClock } from '../src/time/index.ts'

/** What was compiled, and where elements enter it. */
export interface CompiledAlone {
  readonly compiled: Compiled
  readonly entrance: Operator
}

/** Compiles the only task of an app, of one shard. */
export function compileAlone(app: App, topic: Topic<never>): CompiledAlone {
  const plan = makePlan(app.graph(), { shards: 1, partitions: new Map([[topic.name, 1]]) })
  const [fragment] = plan.fragments
  if (fragment === undefined) throw new Error('no fragment')
  const state = new ShardState()
  const compiled = compileTask({
    plan,
    fragment,
    index: 0,
    scope: new Scope({ clock: systemClock, counters: newCounters(), publish: () => {}, wake: () => {} }),
    deadLetters: new DeadLetterBatch(new BatchBuilder()),
    stateOf: () => state,
    sendTo: () => {
      throw new Error('no exchange here')
    },
    partitionsOf: () => 1,
    commitsOf: () => {
      throw new Error('no connector here')
    },
  })
  const entrance = compiled.entrances.get(topic.name)
  if (entrance === undefined) throw new Error(`nothing reads topic ${topic.name}`)
  return { compiled, entrance }
}
