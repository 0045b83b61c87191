/** Operators that make one stream of several. */
import { describeValue, GraphError, wholeNumber } from '../errors.ts'
import type { PortRef } from '../graph/index.ts'
import { BaseStream } from './base-stream.ts'
import { combineLatestKernel, type RowPart, zipKernel, zipLatestKernel } from './kernels/join-kernels.ts'
import { PacedStream } from './paced-stream.ts'
import { isLive, type StepOptions } from './scope.ts'
import type { Stream } from './stream.ts'

/** A constant among the inputs of `zip`. */
export class Literal<V> {
  readonly value: V

  constructor(value: V) {
    this.value = value
  }
}

/** A constant among the inputs of `zip`: part of every row. */
export function literal<const V>(value: V): Literal<V> {
  return new Literal(value)
}

/** What `zip` makes rows of. */
export type ZipInput = BaseStream<unknown> | Literal<unknown>

/** A row of the elements of several streams. */
export type RowOfInputs<I extends readonly unknown[]> = {
  readonly [N in keyof I]: I[N] extends BaseStream<infer V> ? V : I[N] extends Literal<infer V> ? V : never
}

/** Options of `zip`. */
export interface ZipOptions extends StepOptions {
  /** How many elements of one input of a live stream may wait for the others before its producers do; the default is 10. */
  readonly maxSize?: number
}

/** Options of `combineLatest`. */
export interface CombineLatestOptions extends StepOptions {
  /** Which inputs give a row when they have a new element, as streams or by number, 0 being the first; the default is all. */
  readonly emitOn?: BaseStream<unknown> | number | readonly (BaseStream<unknown> | number)[]
}

const DEFAULT_MAX_SIZE = 10

/** Operators on several streams. */
export abstract class JoinedStream<out T> extends PacedStream<T> {
  /**
   * Rows of the first elements of all streams, the second ones, and so on; a `literal(…)` is part of
   * every row. In an app, elements that wait for the others are state.
   */
  zip<const I extends readonly ZipInput[]>(...others: I): Stream<readonly [T, ...RowOfInputs<I>]>
  zip<const I extends readonly ZipInput[]>(
    others: I,
    options: ZipOptions,
  ): Stream<readonly [T, ...RowOfInputs<I>]>
  zip(...given: readonly unknown[]): Stream<never> {
    const [others, options] = inputsAnd<ZipOptions>('zip', given)
    return this.zipOf([this, ...others], options) as Stream<never>
  }

  /** Rows of the newest elements of all streams, once each has one: for every new element of any of them. */
  combineLatest<const I extends readonly BaseStream<unknown>[]>(
    ...others: I
  ): Stream<readonly [T, ...RowOfInputs<I>]>
  combineLatest<const I extends readonly BaseStream<unknown>[]>(
    others: I,
    options: CombineLatestOptions,
  ): Stream<readonly [T, ...RowOfInputs<I>]>
  combineLatest(...given: readonly unknown[]): Stream<never> {
    const [others, { emitOn = [], ...options }] = inputsAnd<CombineLatestOptions>('combineLatest', given)
    const streams = onlyStreams('combineLatest', [this, ...others])
    const chosen = (Array.isArray(emitOn) ? emitOn : [emitOn]).map(each => {
      const number = typeof each === 'number' ? each : streams.indexOf(each as BaseStream<unknown>)
      if (Number.isInteger(number) && number >= 0 && number < streams.length) return number
      throw new GraphError(
        'OPTION_INVALID',
        `combineLatest: emitOn names ${typeof each === 'number' ? each : 'a stream'}, which is none of its ${streams.length} inputs`,
      )
    })
    const inputs = streams.map(stream => BaseStream.portOf(stream))
    const factory = combineLatestKernel({ inputs: inputs.length, emitOn: chosen }, this.isKeyed)
    return this.plain(this.addKernel('combineLatest', factory, { ...options, inputs })) as Stream<never>
  }

  /** A row for every element of this stream, with the newest elements of the others; those that come before all others have one wait. */
  zipLatest<const I extends readonly BaseStream<unknown>[]>(
    ...others: I
  ): Stream<readonly [T, ...RowOfInputs<I>]>
  zipLatest<const I extends readonly BaseStream<unknown>[]>(
    others: I,
    options: StepOptions,
  ): Stream<readonly [T, ...RowOfInputs<I>]>
  zipLatest(...given: readonly unknown[]): Stream<never> {
    const [others, options] = inputsAnd<StepOptions>('zipLatest', given)
    const inputs = onlyStreams('zipLatest', [this, ...others]).map(stream => BaseStream.portOf(stream))
    return this.plain(
      this.addKernel('zipLatest', zipLatestKernel(inputs.length, this.isKeyed), { ...options, inputs }),
    ) as Stream<never>
  }

  /** Adds a zip of these, in this order; one of them at least must be a stream. */
  protected zipOf(given: readonly unknown[], { maxSize, ...options }: ZipOptions): Stream<unknown> {
    const inputs: PortRef[] = []
    const parts = given.map((each): RowPart => {
      if (each instanceof Literal) return { kind: 'constant', value: each.value }
      const [stream] = onlyStreams('zip', [each])
      if (stream !== undefined) inputs.push(BaseStream.portOf(stream))
      return { kind: 'input' }
    })
    if (maxSize !== undefined && !isLive(this.port)) {
      throw new GraphError(
        'OPTION_INVALID',
        'zip: maxSize is for live streams; in an app, elements that wait are state, and producers do not wait',
      )
    }
    const rules = { parts, maxSize: wholeNumber(maxSize ?? DEFAULT_MAX_SIZE, 'zip: maxSize') }
    return this.plain(this.addKernel('zip', zipKernel(rules, this.isKeyed), { ...options, inputs }))
  }
}

/** `(a, b, c)` or `([a, b, c], options)`. */
function inputsAnd<O extends object>(
  what: string,
  given: readonly unknown[],
): readonly [readonly unknown[], O] {
  const [first, options] = given
  // The overloads say what the options are.
  if (Array.isArray(first)) return [first as readonly unknown[], (options ?? {}) as O]
  if (given.length > 0) return [given, {} as O]
  throw new GraphError('GRAPH_INVALID', `${what} needs at least one other stream`)
}

function onlyStreams(what: string, given: readonly unknown[]): readonly BaseStream<unknown>[] {
  return given.map(each => {
    if (each instanceof BaseStream) return each
    throw new GraphError(
      'OPTION_INVALID',
      `${what} was given ${describeValue(each)}; expected a stream${what === 'zip' ? ', or literal(…) for a constant' : ''}`,
    )
  })
}
