/** Makes a source of what other libraries call a stream. */
import { describeValue, GraphError } from '../errors.ts'
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
    // A string is iterable too, but hardly ever meant as its characters.
    if (hasMethod<AsyncIterable<T>>(input, Symbol.asyncIterator)) return fromAsyncIterable(input)
    if (hasMethod<Iterable<T>>(input, Symbol.iterator)) return fromIterable(input)
    if (hasMethod<ReadableStream<T>>(input, 'getReader')) return fromAsyncIterable(readAll(input))
    if (hasMethod<ObservableLike<T>>(input, 'subscribe')) return fromObservable(input)
  }
  throw new GraphError(
    'OPTION_INVALID',
    `Stream.from was given ${describeValue(input)}; expected a source, an iterable, a stream or an Observable`,
  )
}

/** The elements of an array, a Set, a generator, …, each when there is room. Run again, it begins anew; a generator goes on. */
export function fromIterable<T>(iterable: Iterable<T>): Source<T> {
  return {
    name: 'iterable',
    async run({ emit, signal }) {
      for (const value of iterable) {
        const full = emit(value)
        if (full !== undefined) await full
        if (signal.aborted) return
      }
    },
  }
}

/** The elements of an async generator or a stream, each when there is room. A stop ends it: it is not read to its end. */
export function fromAsyncIterable<T>(iterable: AsyncIterable<T>): Source<T> {
  return {
    name: 'async iterable',
    async run({ emit, signal }) {
      const iterator = iterable[Symbol.asyncIterator]()
      const stopped = whenAborted(signal)
      try {
        for (;;) {
          const result = await Promise.race([iterator.next(), stopped])
          if (result === undefined || result.done === true) return
          await emit(result.value)
        }
      } finally {
        // One that waits for its next element cannot be waited for.
        const left = iterator.return?.()
        if (!signal.aborted) await left
      }
    },
  }
}

/** The values of an Observable as they come: it cannot be held back, so what is below may have to queue. */
export function fromObservable<T>(observable: ObservableLike<T>): Source<T> {
  return {
    name: 'observable',
    run: ({ emit, signal }) =>
      new Promise((resolve, reject) => {
        const subscription = observable.subscribe({
          next: value => {
            emit(value)?.catch(reject)
          },
          error: reject,
          complete: resolve,
        })
        void whenAborted(signal).then(() => {
          subscription.unsubscribe()
          resolve()
        })
      }),
  }
}

/** The events of a type that an `EventTarget` dispatches, until it is stopped. */
export function fromEvent<E extends Event = Event>(target: EventTarget, type: string): Source<E> {
  return {
    name: `event ${type}`,
    run: ({ emit, signal }) =>
      new Promise((resolve, reject) => {
        const listener = (event: Event): void => {
          // Which events a type has, only who asks for it knows.
          emit(event as E)?.catch(reject)
        }
        target.addEventListener(type, listener)
        void whenAborted(signal).then(() => {
          target.removeEventListener(type, listener)
          resolve()
        })
      }),
  }
}

function isSource<T>(input: object): input is Source<T> {
  return hasMethod<Source<T>>(input, 'run')
}

function hasMethod<I>(input: object, name: PropertyKey): input is I & object {
  return typeof (input as Readonly<Record<PropertyKey, unknown>>)[name] === 'function'
}

async function* readAll<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel()
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
