/** A sink for tests: shows what became visible with which commit, and fails or waits when told to. */
import type { Sink, SinkHost, SinkMeta, SinkTarget } from '../connect/index.ts'
import { describeValue } from '../errors.ts'

/** A call of a sink that something can happen to. */
export type SinkCall = 'write' | 'prepare' | 'commit'

/** What happens to a call of a sink. */
export interface SinkFault<T> {
  readonly call: SinkCall
  /** It happens to the call that has such an element; without it, to the next call. */
  readonly at?: (value: T) => boolean
  /** How often; once where not given. */
  readonly times?: number
  /** The call waits for this before it goes on: `() => driver.sleep('2s')`. Not for `write`. */
  readonly waits?: () => Promise<void>
  /** The call then throws, or gives a promise that is rejected. */
  readonly fails?: 'throws' | 'rejects'
}

/**
 * A sink to hand to `to` in a test. What is written becomes visible with the commit, exactly once whatever
 * crashes; with a sink of your own inside, that is called too, unless the fault comes first.
 *
 * ```ts run
 * import { App, json } from 'sluice'
 * import { TestDriver, TestSink } from 'sluice/testing'
 *
 * const app = new App('doubling')
 * const numbers = app.topic('numbers', { value: json<number>() })
 * const sink = new TestSink<number>()
 * app.stream(numbers).map(n => n * 2).to(sink)
 *
 * const driver = new TestDriver(app)
 * sink.fault({ call: 'prepare', at: n => n === 4, fails: 'rejects' })
 * await driver.feed(numbers, [1, 2])
 * await driver.run().catch(error => console.log(error.message))
 * console.log(sink.visible)
 * await driver.run()
 * console.log(sink.visible)
 * ```
 *
 * ```text output
 * the test lets prepare of [2,4] fail
 * []
 * [ 2, 4 ]
 * ```
 */
export class TestSink<T> implements SinkTarget<T> {
  /** Everything that has become visible, in order. */
  readonly visible: T[] = []
  /** What became visible with each commit. */
  readonly commits: (readonly T[])[] = []
  readonly #inside: SinkTarget<T> | undefined
  /** What was prepared and has not become visible, by step and task: it survives crashes, as a database would. */
  readonly #prepared = new Map<string, { readonly id: number; readonly values: readonly T[] }>()
  #faults: { readonly fault: SinkFault<T>; left: number }[] = []

  constructor(inside?: SinkTarget<T>) {
    this.#inside = inside
  }

  /** Lets something happen to a call, in this run or in a later one. */
  fault(fault: SinkFault<T>): void {
    this.#faults.push({ fault, left: fault.times ?? 1 })
  }

  open(host: SinkHost): Sink<T> {
    const inside = this.#inside?.open(host)
    const place = `${host.step}/${host.task}`
    let values: T[] = []
    return {
      recover: async id => {
        await inside?.recover?.(id)
        this.#show(place, id)
      },
      write: (value, meta: SinkMeta) => {
        this.#meetNow('write', [value])
        inside?.write(value, meta)
        values.push(value)
      },
      prepare: id =>
        this.#meet('prepare', values, async () => {
          await inside?.prepare(id)
          this.#prepared.set(place, { id, values })
        }),
      commit: id =>
        this.#meet('commit', values, async () => {
          await inside?.commit(id)
          this.#show(place, id)
          values = []
        }),
      close: () => inside?.close(),
    }
  }

  /** Makes visible what was prepared up to this number, and forgets what was prepared beyond. */
  #show(place: string, id: number): void {
    const prepared = this.#prepared.get(place)
    this.#prepared.delete(place)
    if (prepared === undefined || prepared.id > id) return
    this.visible.push(...prepared.values)
    this.commits.push(prepared.values)
  }

  #meet(
    call: SinkCall,
    values: readonly T[],
    goOn: () => Promise<void> | undefined,
  ): Promise<void> | undefined {
    const fault = this.#take(call, values)
    if (fault?.fails === 'throws' && fault.waits === undefined) throw failure(call, values)
    return fault === undefined ? goOn() : this.#suffer(fault, call, values, goOn)
  }

  async #suffer(
    fault: SinkFault<T>,
    call: SinkCall,
    values: readonly T[],
    goOn: () => Promise<void> | undefined,
  ): Promise<void> {
    await fault.waits?.()
    if (fault.fails !== undefined) throw failure(call, values)
    await goOn()
  }

  #meetNow(call: SinkCall, values: readonly T[]): void {
    if (this.#take(call, values)?.fails !== undefined) throw failure(call, values)
  }

  #take(call: SinkCall, values: readonly T[]): SinkFault<T> | undefined {
    const found = this.#faults.find(
      ({ fault }) => fault.call === call && (fault.at === undefined || values.some(fault.at)),
    )
    if (found === undefined) return undefined
    if (--found.left <= 0) this.#faults = this.#faults.filter(other => other !== found)
    return found.fault
  }
}

function failure(call: SinkCall, values: readonly unknown[]): Error {
  return new Error(`the test lets ${call} of ${describeValue(values)} fail`)
}
