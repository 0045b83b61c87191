/** Live streams from and to the streams of the Web, which are also those of node's `Readable.fromWeb`. */
import { iterate } from './iterate.ts'
import type { LivePort } from './live-port.ts'

/** The elements of an edge as a Web stream. */
export function toReadable<T>(port: LivePort): ReadableStream<T> {
  const iterator = iterate<T>(port)
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const next = await iterator.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    // An element counts as done with when it is taken, not when it is put into a queue.
    { highWaterMark: 0 },
  )
}

/** A Web stream whose chunks are emitted. */
export function toWritable<T>(port: LivePort): WritableStream<T> {
  return new WritableStream<T>(
    {
      async write(value) {
        await port.emit(value)
      },
      async close() {
        await port.end()
      },
    },
    { highWaterMark: 1 },
  )
}
