/** The class behind the small stream for pages; what it is for programs, `sluice/live/small` says. */
import type { PortRef } from '../graph/index.ts'
import { SequenceStream } from './sequence-stream.ts'

/** A stream with the one-step operators, those on sequences, and what runs by itself. */
export class SmallStream<out T> extends SequenceStream<T> {
  protected override on(port: PortRef): SmallStream<unknown> {
    return new SmallStream(this.scope, port)
  }

  protected override plain(port: PortRef): never {
    // The operators of larger streams, which say what they make, are not there to be called.
    return this.on(port) as never
  }
}
