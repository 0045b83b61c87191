/** Single operators for unit tests: what they hand on, and the scope they live in. */
import { BatchBuilder } from '../../src/broker/index.ts'
import { DeadLetterBatch, FailureHandler, newCounters, type Operator, Scope } from '../../src/engine/index.ts'
import { type Context, newContext, resolvePolicy } from '../../src/graph/index.ts'
import type { ErrorPolicy } from '../../src/index.ts'
import type { SluiceEvent } from '../../src/observe/index.ts'
import { ManualClock } from '../../src/time/index.ts'

/** An operator that remembers what came, in order. */
export class Recorder implements Operator {
  readonly seen: unknown[] = []
  readonly contexts: Context[] = []

  push(value: unknown, context: Context): void {
    this.seen.push(value)
    this.contexts.push({ ...context })
  }

  advance(watermark: number, idle: boolean): void {
    this.seen.push(idle ? `idle at ${watermark}` : `watermark ${watermark}`)
  }

  /** What came since the last call. */
  take(): readonly unknown[] {
    return this.seen.splice(0)
  }
}

/** The surroundings of an operator. */
export function newParts(policy: ErrorPolicy = 'fail') {
  const clock = new ManualClock(1_700_000_000_000)
  const events: SluiceEvent[] = []
  const wakes = { count: 0 }
  const scope = new Scope({
    clock,
    counters: newCounters(),
    publish: event => events.push(event),
    wake: () => {
      wakes.count++
    },
  })
  const deadLetters = new DeadLetterBatch(new BatchBuilder())
  const failures = new FailureHandler('step', resolvePolicy(policy, 'onError'), scope, deadLetters)
  return { clock, events, wakes, scope, failures, deadLetters, next: new Recorder() }
}

/** The context of an element of input 0 at a time. */
export function contextAt(time: number, more: Partial<Context> = {}): Context {
  return { ...newContext(), time, timestamp: time, ...more }
}
