/** Operators on the parts of elements: places of arrays, fields of objects. */
import { describeValue, StepError } from '../errors.ts'
import type { BaseStream, ElementOf, WithValue } from './base-stream.ts'
import { checkFunction } from './check-options.ts'
import { JoinedStream } from './joined-stream.ts'
import type { StepOptions } from './scope.ts'

type FieldOf<S> = ElementOf<S> extends infer V ? keyof V : never

/** Operators on elements that have parts. */
export abstract class PartsStream<out T> extends JoinedStream<T> {
  /** Calls `fn` with the parts of each element, which must be an array. */
  starmap<const P extends readonly unknown[], U, S extends BaseStream<P>>(
    this: S & BaseStream<P>,
    fn: (...parts: P) => U,
    options: StepOptions = {},
  ): WithValue<S, Awaited<U>> {
    checkFunction(fn, 'starmap')
    const spread = (value: P): U => {
      // It is an array, and that of P: the compiler takes the test for a new type.
      if (Array.isArray(value)) return fn(...(value as unknown as P))
      throw new StepError('STEP_FAILED', `starmap was given ${describeValue(value)}; expected an array`)
    }
    // What has this method is such a stream; "S &" above only says so to whoever calls.
    const stream = this as unknown as PartsStream<P>
    return stream.behind(stream.addMap('starmap', spread, options)) as WithValue<S, Awaited<U>>
  }

  /** One field of each element, or several as an array. Fails where an element has no such field. */
  pluck<const F extends FieldOf<S>, S extends BaseStream<unknown>>(
    this: S,
    field: F,
    options?: StepOptions,
  ): WithValue<S, ElementOf<S>[F & keyof ElementOf<S>]>
  pluck<const F extends readonly FieldOf<S>[], S extends BaseStream<unknown>>(
    this: S,
    fields: F,
    options?: StepOptions,
  ): WithValue<S, { readonly [I in keyof F]: ElementOf<S>[F[I] & keyof ElementOf<S>] }>
  pluck(
    this: PartsStream<T>,
    picked: PropertyKey | readonly PropertyKey[],
    options: StepOptions = {},
  ): unknown {
    const pick = Array.isArray(picked)
      ? (value: T) => picked.map(field => fieldOf(value, field as PropertyKey))
      : (value: T) => fieldOf(value, picked as PropertyKey)
    return this.behind(this.addMap('pluck', pick, options))
  }

  /** Each part of each element, which must be an array or another iterable. */
  flatten<U, S extends BaseStream<Iterable<U>>>(
    this: S & BaseStream<Iterable<U>>,
    options: StepOptions = {},
  ): WithValue<S, U> {
    // As in starmap.
    const stream = this as unknown as PartsStream<Iterable<U>>
    return stream.behind(stream.addFlatMap('flatten', value => value, options)) as WithValue<S, U>
  }
}

function fieldOf(value: unknown, field: PropertyKey): unknown {
  if (typeof value === 'object' && value !== null && field in value) {
    return (value as Readonly<Record<PropertyKey, unknown>>)[field]
  }
  throw new StepError(
    'STEP_FAILED',
    `pluck found no ${Array.isArray(value) ? 'place' : 'field'} ${describeValue(field)} in ${describeValue(value)}`,
  )
}
