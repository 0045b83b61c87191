/** What a stream can do that runs by itself: `emit` and its end, sources, changes of the graph, and other kinds of streams. */
import { BaseStream } from './base-stream.ts'
import { CoreStream } from './core-stream.ts'
import { iterate } from './iterate.ts'
import type { EmitMeta, LiveDeadLetter, LivePort } from './live-port.ts'
import { type Observer, observe, type Subscription } from './observable.ts'
import { isLive, livePort } from './scope.ts'
import type { Stream } from './stream.ts'
import { toReadable, toWritable } from './web-streams.ts'

/** The live side of a stream. On a stream of an app these throw `GRAPH_INVALID`. */
export abstract class LiveStream<out T> extends CoreStream<T> implements AsyncIterable<T> {
  readonly #live: LivePort | undefined = isLive(this.port) ? this.port : undefined

  /**
   * Hands an element to everything below, depth first, in the order in which it was built. Gives
   * nothing when all of it is done; else a promise for that, which rejects when a step fails with no
   * policy that covers it. What fails at once is thrown. Behind a step, `emit` passes its function.
   *
   * Called from below, while an element of this stream is on its way, it adds an element that goes next.
   */
  emit(value: T, meta?: EmitMeta): Promise<void> | undefined {
    const live = this.#live ?? this.#demand('emit', 'write to its topic with a Producer')
    return live.emit(value, meta)
  }

  /** Ends the stream: steps below give out what they hold, such as a part of a chunk. */
  end(): Promise<void> | undefined {
    return this.#demand('end', 'run it with --drain').end()
  }

  /** Lets what `collect` holds go on, as one array, which may be empty. */
  flush(): Promise<void> | undefined {
    return this.#demand('flush', 'use chunk(), or a window').flush()
  }

  /** Adds an edge: elements of this stream go into the step of the other too, as into a loop. */
  connect(to: BaseStream<T>): void {
    this.#demand('connect', 'use merge()').connect(
      livePort(BaseStream.portOf(to), 'connect', 'join two live streams'),
    )
  }

  /** Removes an edge to the step of another stream. */
  disconnect(to: BaseStream<T>): void {
    const port = livePort(BaseStream.portOf(to), 'disconnect', 'change the program')
    port.disconnect(this.#demand('disconnect', 'change the program'))
  }

  /**
   * What steps of the graph that this stream belongs to could not process and sent to the dead letters.
   * Where nobody reads them, sending one there fails: nothing is dropped unseen.
   */
  deadLetters(): Stream<LiveDeadLetter> {
    const live = this.#demand('deadLetters', 'read the topic of its dead letters')
    // What comes out there are dead letters.
    return this.plain(live.deadLetters()) as Stream<LiveDeadLetter>
  }

  /** Starts the sources above; settles once all of them have ended and what they brought is done. */
  run(): Promise<void> {
    const running = this.#demand('run', 'run it with the command, or runProgram()').run()
    return running.then(() => undefined)
  }

  /** Stops the sources above, and waits until they have. */
  stop(): Promise<void> {
    return this.#demand('stop', 'stop the program').stop()
  }

  /** Detaches this step from the streams it reads; it still serves what is emitted into it. */
  detach(): void {
    void this.#demand('detach', 'change the program').dispose('step')
  }

  /** Tears the whole graph down: sources stop, timers and sockets close, nothing is emitted any more. */
  async dispose(): Promise<void> {
    await this.#demand('dispose', 'stop the program').dispose('everything')
  }

  [Symbol.dispose](): void {
    void this.dispose()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /**
   * The elements, one after the other: each is done with when the next one is asked for, so the loop
   * holds back whoever emits. The loop starts the sources above, and stops them when it is left.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return iterate<T>(this.#demand('for await', 'read its topic'))
  }

  /** As a Web stream: what is not read holds back whoever emits. */
  readable(): ReadableStream<T> {
    return toReadable<T>(this.#demand('readable', 'read its topic'))
  }

  /** A Web stream that emits here; closing it ends the stream. */
  writable(): WritableStream<T> {
    return toWritable<T>(this.#demand('writable', 'write to its topic'))
  }

  /** As an Observable; RxJS's `from` takes the stream itself. Observers are not waited for. */
  subscribe(observer: Observer<T> | ((value: T) => void)): Subscription {
    return observe<T>(this.#demand('subscribe', 'use sink()'), observer)
  }

  /** What makes RxJS and others take the stream for an Observable. */
  '@@observable'(): this {
    return this
  }

  #demand(what: string, instead: string): LivePort {
    return livePort(this.port, what, instead)
  }
}
