/**
 * map → filter → scan over an array of integers, each result handed to a sink: Sluice's operators beside
 * a hand-written loop, RxJS and @most/core; alone, and after other pipelines have gone through the same
 * code, as in a program of some size.
 */
import * as most from '@most/core'
import { newDefaultScheduler } from '@most/scheduler'
import * as rx from 'rxjs'
import { BatchBuilder } from '../src/broker/index.ts'
import { FilterOperator, MapFilterOperator, MapOperator } from '../src/engine/function-operators.ts'
import { DeadLetterBatch, FailureHandler, newCounters, type Operator, Scope } from '../src/engine/index.ts'
import { newContext } from '../src/graph/index.ts'
import { systemClock } from '../src/time/index.ts'
import { best, cpuControl, type Figure, perElement, withControl } from './measure.ts'

const ELEMENTS = 2_000_000
const OTHER_PIPELINES = 24

type Link = readonly [kind: 'map' | 'filter', fn: (value: unknown) => unknown]
type Run = (input: readonly unknown[], links: readonly Link[]) => unknown

/** The figures of the chain. */
export async function chainFigures(): Promise<readonly Figure[]> {
  const input = Array.from({ length: ELEMENTS }, (_, index) => index)
  return [
    await withControl(cpuControl, () => chain(input, 'map → filter → scan, integers')),
    await withControl(cpuControl, async () => {
      for (const run of [runSluice, runRxjs, runMost]) await runOtherPipelines(run)
      return chain(input, 'the same, after 24 other pipelines')
    }),
  ]
}

async function chain(input: readonly number[], name: string): Promise<Figure> {
  const ns = 1e6 / ELEMENTS
  return {
    ...perElement(name, {
      elements: ELEMENTS,
      valueMs: await best(() => runSluice(input, mapFilterScan())),
      baselineMs: await best(() => runLoop(input)),
      baselineName: 'hand-written loop',
    }),
    more: {
      'ns with RxJS': (await best(() => runRxjs(input, mapFilterScan()))) * ns,
      'ns with @most/core': (await best(() => runMost(input, mapFilterScan()))) * ns,
    },
  }
}

function mapFilterScan(): readonly Link[] {
  let total = 0
  return [
    ['map', value => (value as number) + 1],
    ['filter', value => (value as number) % 2 === 0],
    ['map', value => (total += value as number)],
  ]
}

/** Where results go, for all alike. */
class End implements Operator {
  last: unknown
  push(value: unknown): void {
    this.last = value
  }
  advance(): void {
    // Nobody waits for time here.
  }
}

function runLoop(input: readonly number[]): unknown {
  const end = new End()
  let total = 0
  for (let i = 0; i < input.length; i++) {
    const next = (input[i] as number) + 1
    if (next % 2 !== 0) continue
    total += next
    end.push(total)
  }
  return end.last
}

function runSluice(input: readonly unknown[], links: readonly Link[]): unknown {
  const end = new End()
  const scope = new Scope({
    clock: systemClock,
    counters: newCounters(),
    publish: () => {},
    wake: () => {},
  })
  const policy = { attempts: 1, backOffMs: 0, final: 'fail' } as const
  const failures = new FailureHandler('bench', policy, scope, new DeadLetterBatch(new BatchBuilder()))
  const chain = links.reduceRight<Operator>((next, [kind, fn]) => {
    const parts = { next, scope, failures }
    if (kind === 'filter') return new FilterOperator(parts, fn)
    return next instanceof FilterOperator ? new MapFilterOperator(parts, fn) : new MapOperator(parts, fn)
  }, end)
  const context = newContext()
  for (let i = 0; i < input.length; i++) chain.push(input[i], context)
  return end.last
}

function runRxjs(input: readonly unknown[], links: readonly Link[]): unknown {
  const end = new End()
  const operators = links.map(([kind, fn]) =>
    kind === 'map' ? rx.map(fn) : rx.filter(fn as (value: unknown) => boolean),
  )
  const chain = operators.reduce<rx.Observable<unknown>>(
    (above, operator) => above.pipe(operator),
    rx.from(input),
  )
  chain.subscribe(value => {
    end.push(value)
  })
  return end.last
}

async function runMost(input: readonly unknown[], links: readonly Link[]): Promise<unknown> {
  const end = new End()
  const source = most.newStream<unknown>((sink, scheduler) => {
    const time = scheduler.currentTime()
    for (let i = 0; i < input.length; i++) sink.event(time, input[i])
    sink.end(time)
    return { dispose: () => {} }
  })
  const chain = links.reduce(
    (above, [kind, fn]) =>
      kind === 'map' ? most.map(fn, above) : most.filter(fn as (value: unknown) => boolean, above),
    source,
  )
  const told = most.tap(value => {
    end.push(value)
  }, chain)
  await most.runEffects(told, newDefaultScheduler())
  return end.last
}

/** Other shapes of values, other functions, other neighbours. */
async function runOtherPipelines(run: Run): Promise<void> {
  const input = Array.from({ length: 20_000 }, (_, index) => index)
  for (let number = 0; number < OTHER_PIPELINES; number++) {
    const field = `field${number % 6}`
    await run(input, [
      ['map', value => ({ [field]: value, number })],
      ['filter', value => (value as Record<string, number>)[field] !== number],
      ['filter', value => typeof value === 'object'],
      ['map', value => `${(value as Record<string, number>)[field]}`],
      ['map', value => (value as string).length],
    ])
  }
}
