/**
 * Steps whose functions run on the workers of a pool. Source: streamz's `scatter` and `gather` for Dask.
 *
 * Each is an asynchronous step: order is kept as it says, and no more elements are under way than the pool has room
 * for, so that memory is bounded and producers are held back. What it derives is seen in pictures.
 */
import { type Key, KeyMap } from '../codec/index.ts'
import type { ModuleFunction, Pool, PoolOptions } from '../connect/index.ts'
import { describeValue, GraphError, StepError } from '../errors.ts'
import type { AsyncCall, PortRef } from '../graph/index.ts'
import { concurrencyOf, type OrderOptions } from './async-options.ts'
import { BaseStream, type WithValue } from './base-stream.ts'
import { metaKernel, type WithMeta } from './kernels/meta-kernel.ts'
import { NATURES } from './natures.ts'
import { type ScatterOptions, ScatterPool } from './scatter-pool.ts'
import { isLive, type StepOptions, type StreamScope } from './scope.ts'

const WITHIN = ['scatter']

/** The state of streams without keys is kept under this one. */
const ONLY_KEY: Key = ''

/** What a scattered stream keeps of the one that was scattered. */
export interface Scattering {
  readonly scope: StreamScope
  readonly port: PortRef
  /** Whether it has keys. */
  readonly keyed: boolean
  /** Makes a stream of its kind. */
  readonly gather: (port: PortRef) => unknown
}

/** Scatters a stream over the workers of a pool. */
export type Scatter = (
  scattering: Scattering,
  pool: Pool | ScatterOptions,
) => ScatteredStream<unknown, unknown>

interface ScatterParts extends Pick<Scattering, 'keyed' | 'gather'> {
  readonly workers: ScatterPool
}

/** The parts of an element, as arguments. */
type PartsOf<T> = T extends readonly unknown[] ? [...T] : never

type Call = (value: unknown, call: AsyncCall) => Promise<unknown>

/** Scatters streams over pools that are opened in this way. */
export function scatterOver(openPool: (options: PoolOptions) => Pool): Scatter {
  return ({ scope, port, ...parts }, pool) =>
    new ScatteredStream(scope, port, { ...parts, workers: new ScatterPool(openPool, pool) })
}

/** A stream whose next steps run on workers; `S` is the kind of stream that `gather` gives back. */
export class ScatteredStream<out T, S> extends BaseStream<T> {
  readonly #parts: ScatterParts

  constructor(scope: StreamScope, port: PortRef, parts: ScatterParts) {
    super(scope, port)
    this.#parts = parts
  }

  /**
   * Makes one element of each, by a function that runs on a worker. As in `mapAsync`, elements whose call
   * had not settled are given to it again after a restart; and after the death of its worker.
   */
  map<U>(fn: ModuleFunction<readonly [value: T], U>, options: OrderOptions = {}): ScatteredStream<U, S> {
    const call: Call = (value, { signal }) => this.#parts.workers.run(fn, [value], signal)
    return this.#behind(this.#addCalls('map', call, options))
  }

  /** As `map`, with the parts of each element, which must be an array. */
  starmap<U>(fn: ModuleFunction<PartsOf<T>, U>, options: OrderOptions = {}): ScatteredStream<U, S> {
    const call: Call = async (parts, { signal }) => {
      if (Array.isArray(parts)) return this.#parts.workers.run(fn, parts, signal)
      throw new StepError('STEP_FAILED', `starmap was given ${describeValue(parts)}; expected an array`)
    }
    return this.#behind(this.#addCalls('starmap', call, options))
  }

  /** Keeps the elements for which a function that runs on a worker gives true. */
  filter(
    fn: ModuleFunction<readonly [value: T], boolean>,
    options: OrderOptions = {},
  ): ScatteredStream<T, S> {
    const call: Call = async (value, { signal }) =>
      (await this.#parts.workers.run(fn, [value], signal)) ? [value] : []
    const judged = this.#addCalls('filter', call, options)
    const kept = { kind: 'flatMap', fn: (list: unknown) => list } as const
    return this.#behind(
      this.addStep(kept, 'flatten', {
        inputs: [judged],
        nature: NATURES.flatten,
        within: [...WITHIN, 'filter'],
      }),
    )
  }

  /**
   * Combines each element with the state before, on a worker, and gives out the new state: per key on a
   * keyed stream. One call runs at a time, as each needs the state of the one before. When a call fails, the
   * state stays as it was. For live streams only.
   */
  scan<A>(
    fn: ModuleFunction<readonly [state: A, value: T], A>,
    start: A,
    options: StepOptions = {},
  ): ScatteredStream<A, S> {
    if (!isLive(this.port)) {
      throw new GraphError(
        'GRAPH_INVALID',
        'scan on a pool works on a live stream: its state is nowhere stored; in an app write gather().scan(), with what costs time in a map() before it',
      )
    }
    const { workers, keyed } = this.#parts
    const states = new KeyMap<{ readonly state: unknown }>()
    const next = async (key: Key, value: unknown, { signal }: AsyncCall): Promise<unknown> => {
      const { state: before } = states.get(key) ?? { state: start }
      const state = await workers.run(fn, [before, value], signal)
      states.set(key, { state })
      return state
    }
    const call: Call = keyed
      ? (element, { signal }) => {
          const { key, value } = element as WithMeta<unknown>
          return next(key as Key, value, { signal })
        }
      : (value, { signal }) => next(ONLY_KEY, value, { signal })
    const inputs = [keyed ? this.#withKeys() : this.port]
    return this.#behind(this.#addCalls('scan', call, { ...options, inputs, concurrency: 1 }))
  }

  /** The results as a stream again: a keyed one, if a keyed one was scattered. */
  gather(): WithValue<S, T> {
    return this.#parts.gather(this.port) as WithValue<S, T>
  }

  protected override on(port: PortRef): ScatteredStream<unknown, S> {
    return new ScatteredStream(this.scope, port, this.#parts)
  }

  protected override get isKeyed(): boolean {
    return this.#parts.keyed
  }

  #behind<U>(port: PortRef): ScatteredStream<U, S> {
    return new ScatteredStream(this.scope, port, this.#parts)
  }

  #withKeys(): PortRef {
    const logic = { kind: 'kernel', keyed: true, factory: metaKernel() } as const
    const step = { kind: 'process', outputs: [], logic } as const
    return this.addStep(step, 'withMeta', { nature: NATURES.withMeta, within: [...WITHIN, 'scan'] })
  }

  #addCalls(
    name: 'map' | 'starmap' | 'filter' | 'scan',
    fn: Call,
    options: OrderOptions & { readonly inputs?: readonly PortRef[]; readonly concurrency?: number },
  ): PortRef {
    const { workers } = this.#parts
    const { concurrency = workers.capacity, capacity = concurrency, order = 'all', ...rest } = options
    const close = (): Promise<void> => workers.close()
    const place = { name, isKeyed: this.isKeyed }
    const step = {
      kind: 'async',
      open: () => fn,
      ...concurrencyOf({ concurrency, capacity, order }, place),
      close,
    } as const
    const nature = name === 'scan' ? NATURES.scan : NATURES.mapAsync
    return this.addStep(step, name, { ...rest, nature, within: WITHIN })
  }
}
