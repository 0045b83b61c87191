/** Where a live graph begins. */
import type { SourceInput } from '../../connect/index.ts'
import { OwnTime } from '../../engine/index.ts'
import { GraphError } from '../../errors.ts'
import {
  Stream as GraphStream,
  isStream,
  type RowOfInputs,
  type StreamScope,
  type ZipInput,
  type ZipOptions,
} from '../../operators/index.ts'
import { LiveGraph, type StreamOptions } from './live-graph.ts'
import { streamFrom } from './stream-from.ts'

/**
 * A live stream: elements that are emitted go through the operators at once, in this process, with
 * nothing stored.
 *
 * ```ts run
 * import { Stream } from 'sluice'
 *
 * const numbers = new Stream<number>()
 * const sums = numbers
 *   .map(n => n + 1)
 *   .filter(n => n % 2 === 0)
 *   .scan((sum, n) => sum + n, 0)
 *   .toArray()
 * for (const n of [1, 2, 3, 4, 5]) numbers.emit(n)
 * console.log(sums)
 * ```
 *
 * ```text output
 * [ 2, 6, 12 ]
 * ```
 */
export class Stream<out T> extends GraphStream<T> {
  /** What only Node has comes from whoever knows it: see `sluice`. */
  constructor(options: StreamOptions = {}, means: Pick<StreamScope, 'scatter' | 'show'> = {}) {
    const graph = new LiveGraph(options, (id, time, parts) => new OwnTime(id, time, parts))
    super({ ...means, builder: graph, onError: graph.onError }, graph.newRoot(graph.name))
  }

  /**
   * A stream of what something else brings, once it is started: `run()`, `for await`, `subscribe`. It
   * may be a source, an array or another iterable, a generator, a Web or node stream, an Observable.
   */
  static from<T>(input: SourceInput<T>, options: StreamOptions = {}): Stream<T> {
    return streamFrom(input, options, named => new this<T>(named))
  }

  /** Rows of the first elements of all inputs, the second ones, and so on; one input at least must be a stream. */
  static zip<const I extends readonly ZipInput[]>(
    inputs: I,
    options: ZipOptions = {},
  ): GraphStream<RowOfInputs<I>> {
    const first = inputs.find(input => input instanceof GraphStream)
    if (first === undefined) throw new GraphError('GRAPH_INVALID', 'zip needs at least one stream')
    // Any stream will do: it lends its scope.
    return (first as Stream<unknown>).zipOf(inputs, options) as GraphStream<RowOfInputs<I>>
  }

  /** What operators give are streams too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isStream(value)
  }
}
