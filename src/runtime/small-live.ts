/** Where a small live graph begins: for pages where each kB counts. */
import type { ElementMeta, SourceInput } from '../connect/index.ts'
import type { AsyncCall, KernelFactory, RefCounter } from '../graph/index.ts'
import {
  type ChunkOptions,
  type MapAsyncOptions,
  type ScanOptions,
  SmallStream,
  type StepOptions,
  type UniqueChunkOptions,
  type UniqueOptions,
} from '../operators/index.ts'
import { LiveGraph, type StreamOptions } from './live/live-graph.ts'
import { streamFrom } from './live/stream-from.ts'

export type { StreamOptions } from './live/live-graph.ts'

/**
 * A live stream with the operators of one step and those on sequences. They are those of `Stream` of
 * `sluice/live`, which also has joins, keys, time and pacing, and say there what they do.
 */
export interface Stream<out T> extends AsyncIterable<T>, Disposable, AsyncDisposable {
  map<U>(fn: (value: T) => U, options?: StepOptions): Stream<Awaited<U>>
  mapAsync<U>(fn: (value: T, call: AsyncCall) => Promise<U>, options?: MapAsyncOptions): Stream<U>
  filter<U extends T>(fn: (value: T) => value is U, options?: StepOptions): Stream<U>
  filter(fn: (value: T) => boolean | Promise<boolean>, options?: StepOptions): Stream<T>
  remove(fn: (value: T) => boolean | Promise<boolean>, options?: StepOptions): Stream<T>
  flatMap<U>(fn: (value: T) => Iterable<U> | Promise<Iterable<U>>, options?: StepOptions): Stream<U>
  peek(fn: (value: T) => unknown, options?: StepOptions): Stream<T>
  merge<U>(...others: readonly Stream<U>[]): Stream<T | U>
  scan<A>(fn: (state: A, value: T) => A, start: A, options?: StepOptions): Stream<A>
  mapWithState<A, U>(
    fn: (state: A, value: T) => readonly [state: A, result: U],
    start: A,
    options?: Omit<ScanOptions, 'withState'>,
  ): Stream<U>
  reduce<A>(combine: (state: A, value: T) => A, start: A, options?: StepOptions): Stream<A>
  take(count: number, options?: StepOptions): Stream<T>
  skip(count: number, options?: StepOptions): Stream<T>
  chunk(size: number, options?: ChunkOptions<T>): Stream<readonly T[]>
  chunkUnique(size: number, options?: UniqueChunkOptions<T>): Stream<readonly T[]>
  slidingWindow(size: number, options?: StepOptions & { readonly partial?: boolean }): Stream<readonly T[]>
  unique(options?: UniqueOptions<T>): Stream<T>
  process<U>(name: string, factory: KernelFactory<T, U>, options?: StepOptions): Stream<U>
  sink(fn: (value: T) => unknown, options?: StepOptions): Stream<T>
  toArray(options?: StepOptions): T[]
  emit(value: T, meta?: ElementMeta & { readonly ref?: RefCounter }): Promise<void> | undefined
  end(): Promise<void> | undefined
  connect(to: Stream<T>): void
  disconnect(to: Stream<T>): void
  detach(): void
  run(): Promise<void>
  stop(): Promise<void>
  dispose(): Promise<void>
  readable(): ReadableStream<T>
  writable(): WritableStream<T>
}

/** Makes small streams. */
export interface SmallStreams {
  new <T>(options?: StreamOptions): Stream<T>
  /** A stream of what something else brings, once it is started: see `Stream.from` of `sluice/live`. */
  from<T>(input: SourceInput<T>, options?: StreamOptions): Stream<T>
}

class LiveSmallStream<T> extends SmallStream<T> {
  constructor(options: StreamOptions = {}) {
    const graph = new LiveGraph(options)
    super({ builder: graph, onError: graph.onError }, graph.newRoot(graph.name))
  }

  static from<T>(input: SourceInput<T>, options: StreamOptions = {}): LiveSmallStream<T> {
    return streamFrom(input, options, named => new LiveSmallStream<T>(named))
  }
}

/**
 * The small stream.
 *
 * ```ts run
 * import { Stream } from 'sluice/live/small'
 *
 * const clicks = new Stream<string>()
 * const sums = clicks.filter(name => name === 'buy').scan(count => count + 1, 0).toArray()
 * for (const name of ['look', 'buy', 'buy']) clicks.emit(name)
 * console.log(sums)
 * ```
 *
 * ```text output
 * [ 1, 2 ]
 * ```
 */
// What it makes is a class with more methods than that; the ones left out here are left out of it too.
export const Stream: SmallStreams = LiveSmallStream as unknown as SmallStreams
