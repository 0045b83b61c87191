/**
 * A queue inside the process: functions put elements in, a stream takes them out. It holds no more than
 * its capacity: who puts more waits. Works in browsers too.
 */
import { FairShare, type Source, type SourceHost } from '../../connect/index.ts'
import { ConnectorError, GraphError, wholeNumber } from '../../errors.ts'

/** So many elements a queue holds unless its option says otherwise. */
export const DEFAULT_QUEUE_CAPACITY = 1000

/** Options of `queue`. */
export interface QueueOptions {
  /** How many elements it holds; 1000 without it, at least 1. */
  readonly capacity?: number
  /** What it is called in pictures and messages; `queue` without it. */
  readonly name?: string
}

/** Options of `put`. */
export interface PutOptions {
  /** Ends the wait for room: the element is then not in the queue, and `put` rejects with the reason. */
  readonly signal?: AbortSignal
}

/** A source that is filled by `put`. */
export interface Queue<T> extends Source<T> {
  /** How many elements are in it now. */
  readonly size: number
  /**
   * Puts one element in; resolves when it is in the queue, at once while there is room. Elements come
   * out in the order of the calls. Rejects with `SOURCE_ENDED` after `end`.
   */
  put(value: T, options?: PutOptions): Promise<void>
  /** No more will be put; whoever waits for room still gets in, and the run ends after the last one. */
  end(): void
}

/**
 * Makes a queue: `await q.put(x)` from anywhere in the process, and the stream that runs it gets the
 * elements in order.
 *
 * `put` waits while the queue is full, so a slow stream slows down who fills it. What is in the queue
 * when the run is stopped stays for the next run; what is in it when the process ends is lost. One run
 * at a time.
 */
export function queue<T>(options: QueueOptions = {}): Queue<T> {
  const name = options.name ?? 'queue'
  return new MemoryQueue(
    name,
    wholeNumber(options.capacity ?? DEFAULT_QUEUE_CAPACITY, `${name}: capacity`, 1),
  )
}

interface Waiting<T> {
  readonly value: T
  readonly enter: () => void
}

class MemoryQueue<T> implements Queue<T> {
  readonly name: string
  readonly #capacity: number
  readonly #items: T[] = []
  #waiting: Waiting<T>[] = []
  #isEnded = false
  #isRunning = false
  #wake: (() => void) | undefined

  constructor(name: string, capacity: number) {
    this.name = name
    this.#capacity = capacity
  }

  get size(): number {
    return this.#items.length
  }

  async put(value: T, options: PutOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    if (this.#isEnded) {
      throw new ConnectorError(
        'SOURCE_ENDED',
        `${this.name}: put after end; make a new queue for more elements`,
      )
    }
    if (this.#items.length < this.#capacity && this.#waiting.length === 0) {
      this.#items.push(value)
      this.#wake?.()
    } else await this.#enter(value, options.signal)
  }

  end(): void {
    this.#isEnded = true
    this.#wake?.()
  }

  async run(host: SourceHost<T>): Promise<void> {
    if (this.#isRunning) {
      throw new GraphError(
        'GRAPH_INVALID',
        `${this.name}: is run twice at once, so each run would get some of the elements; branch the stream instead, or make a queue for each`,
      )
    }
    this.#isRunning = true
    try {
      await this.#drain(host)
    } finally {
      this.#isRunning = false
    }
  }

  async #drain(host: SourceHost<T>): Promise<void> {
    const share = new FairShare(host.clock)
    while (!host.signal.aborted) {
      if (this.#items.length === 0) {
        if (this.#isEnded) return
        await this.#filled(host.signal)
        continue
      }
      const passed = host.emit(this.#take())
      if (passed !== undefined) await passed
      const turn = share.next()
      if (turn !== undefined) await turn
    }
  }

  /** The oldest element; there must be one. */
  #take(): T {
    // The caller has looked: there is one, whatever T is.
    const value = this.#items.shift() as T
    const next = this.#waiting.shift()
    if (next !== undefined) {
      this.#items.push(next.value)
      next.enter()
    }
    return value
  }

  #filled(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        this.#wake = undefined
        resolve()
      }
      this.#wake = wake
      signal.addEventListener('abort', wake)
    })
  }

  #enter(value: T, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = {
        value,
        enter: (): void => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
      }
      const abort = (): void => {
        this.#waiting = this.#waiting.filter(each => each !== waiting)
        // The reason is the caller's own, whatever it is.
        reject(signal?.reason as Error)
      }
      this.#waiting.push(waiting)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}
