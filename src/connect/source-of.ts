/** Makes a source of what other libraries call a stream. */
import { describeValue, GraphError } from '../errors.ts'
import { fromIterable } from './from-iterable.ts'
import type { Source } from './source.ts'

/** What is told of the values of an Observable. */
interface Watcher<T> {
  next(value: T): void
  error(thrown: unknown): void
  complete(): void
}

/** An Observable, as RxJS and others make them. */
export interface ObservableLike<T> {
  subscribe(watcher: Watcher<T>): { unsubscribe(): void }
}

/** What `Stream.from` takes. */
export type SourceInput<T> =
  | Source<T>
  | Iterable<T>
  | AsyncIterable<T>
  | ReadableStream<T>
  | ObservableLike<T>

/** A source of what is given. Throws `OPTION_INVALID` for what is none of these. */
export function sourceOf<T>(input: SourceInput<T>): Source<T> {
  if (typeof input === 'object' && input !== null) {
    if (isSource<T>(input)) return input
    if (hasMethod<ReadableStream<T>>(input, 'getReader')) return fromIterable(readAll(input))
    // A string is iterable too, but hardly ever meant as its characters.
    if (hasMethod<AsyncIterable<T>>(input, Symbol.asyncIterator)) return fromIterable(input)
    if (hasMethod<Iterable<T>>(input, Symbol.iterator)) return fromIterable(input)
    if (hasMethod<ObservableLike<T>>(input, 'subscribe')) return fromObservable(input)
  }
  throw new GraphError(
    'OPTION_INVALID',
    `Stream.from was given ${describeValue(input)}; expected a source, an iterable, a stream or an Observable`,
  )
}

/** The values of an Observable as they come: it cannot be held back, so what is below may have to queue. */
export function fromObservable<T>(observable: ObservableLike<T>): Source<T> {
  return {
    name: 'observable',
    run: async ({ emit, signal }) => {
      const over = Promise.withResolvers<void>()
      const subscription = observable.subscribe({
        next: value => hand(() => emit(value), over.reject),
        error: over.reject,
        complete: over.resolve,
      })
      try {
        await Promise.race([over.promise, whenAborted(signal)])
      } finally {
        subscription.unsubscribe()
      }
    },
  }
}

/** The events of a type that an `EventTarget` dispatches, until it is stopped. */
export function fromEvent<E extends Event = Event>(target: EventTarget, type: string): Source<E> {
  return {
    name: `event ${type}`,
    run: async ({ emit, signal }) => {
      const failed = Promise.withResolvers<void>()
      // Which events a type has, only who asks for it knows.
      const listener = (event: Event): void => hand(() => emit(event as E), failed.reject)
      target.addEventListener(type, listener)
      try {
        await Promise.race([failed.promise, whenAborted(signal)])
      } finally {
        target.removeEventListener(type, listener)
      }
    },
  }
}

/** Hands an element on for somebody who would not know what to do with a failure. */
function hand(emit: () => Promise<void> | undefined, failed: (thrown: unknown) => void): void {
  try {
    emit()?.catch(failed)
  } catch (thrown) {
    failed(thrown)
  }
}

function isSource<T>(input: object): input is Source<T> {
  return hasMethod<Source<T>>(input, 'run')
}

function hasMethod<I>(input: object, name: PropertyKey): input is I & object {
  return typeof (input as Readonly<Record<PropertyKey, unknown>>)[name] === 'function'
}

/** A stream that is waited for can be cancelled at once, as a generator around it could not. */
function readAll<T>(stream: ReadableStream<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const reader = stream.getReader()
      return {
        next: async () => {
          const read = await reader.read()
          return read.done ? { done: true, value: undefined } : { done: false, value: read.value }
        },
        return: async () => {
          await reader.cancel()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
