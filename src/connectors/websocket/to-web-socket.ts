/**
 * Sends a stream to a WebSocket server. The messages of a commit are kept until an open connection has
 * taken them all; if it breaks off before, all of them are sent again over the next one.
 */
import type { Sink, SinkTarget } from '../../connect/index.ts'
import { CodecError, ConnectorError, describeValue } from '../../errors.ts'
import { type Clock, systemClock } from '../../time/index.ts'
import { closeSocket } from './close-socket.ts'
import {
  backOffMs,
  newSocket,
  type SocketAddress,
  type SocketOptions,
  socketAddress,
} from './socket-address.ts'

/** The standard WebSocket does not tell when it has sent something, so it is asked so often. */
const LOOK_EVERY_MS = 2

/** Options of `toWebSocket`. */
export interface ToWebSocketOptions extends SocketOptions {
  /** Waits before the next attempt; the clock of the machine without it. */
  readonly clock?: Clock
}

/**
 * Sends each element, text or bytes, as one message, in order. Works in browsers too.
 *
 * The messages of a commit are sent when it is made; it counts when the system has taken them all over a
 * connection that was still open then. That is all that can be known: WebSocket has no receipts, so
 * what was on its way when a connection breaks off may be lost; if receipt matters, let the server
 * answer in another way. A connection that breaks off before is opened again (after 100 ms, then twice
 * as long each time up to half a minute), and the messages of the commit are sent again, so some may
 * arrive twice. After `retries` attempts in a row without a connection the commit fails with
 * `SINK_FAILED`: whoever sends its elements again may send some of them twice.
 */
export function toWebSocket(url: string, options: ToWebSocketOptions = {}): SinkTarget<string | Uint8Array> {
  const address = socketAddress(url, options)
  return { open: () => new WebSocketSink(address, options.clock ?? systemClock) }
}

class WebSocketSink implements Sink<string | Uint8Array> {
  readonly #address: SocketAddress
  readonly #clock: Clock
  readonly #closing = new AbortController()
  #written: (string | Uint8Array<ArrayBuffer>)[] = []
  #socket: WebSocket | undefined

  constructor(address: SocketAddress, clock: Clock) {
    this.#address = address
    this.#clock = clock
  }

  write(value: string | Uint8Array): void {
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw new CodecError(
        'ENCODE_FAILED',
        `${this.#address.name}: found ${describeValue(value)}; expected text or bytes: map the elements before, such as with JSON.stringify`,
      )
    }
    // Whoever wrote the bytes may reuse them before they are sent.
    this.#written.push(typeof value === 'string' ? value : new Uint8Array(value))
  }

  async prepare(): Promise<void> {
    const messages = this.#written
    if (messages.length === 0) return
    this.#written = []
    let failures = 0
    while (!(await this.#send(messages))) {
      if (this.#closing.signal.aborted || ++failures > this.#address.retries) {
        throw new ConnectorError(
          'SINK_FAILED',
          `${this.#address.name}: ${messages.length} messages could not be sent in ${failures} attempts; is the address right, and the server running?`,
        )
      }
      await this.#clock.sleep(backOffMs(failures), this.#closing.signal)
    }
  }

  commit(): void {
    // What was prepared has been sent already.
  }

  async close(): Promise<void> {
    this.#closing.abort()
    if (this.#socket !== undefined) await closeSocket(this.#socket, this.#clock)
  }

  /** Whether an open connection has taken all of them. */
  async #send(messages: readonly (string | Uint8Array<ArrayBuffer>)[]): Promise<boolean> {
    const socket = await this.#opened()
    if (socket === undefined) return false
    for (const message of messages) socket.send(message)
    while (socket.bufferedAmount > 0 && socket.readyState === socket.OPEN) {
      if (this.#closing.signal.aborted) return false
      await this.#clock.sleep(LOOK_EVERY_MS, this.#closing.signal)
    }
    return socket.readyState === socket.OPEN
  }

  /** A connection that is open; undefined when there is none to be had now. */
  async #opened(): Promise<WebSocket | undefined> {
    const current = this.#socket
    if (current !== undefined && current.readyState === current.OPEN) return current
    if (this.#closing.signal.aborted) return undefined
    const socket = newSocket(this.#address)
    this.#socket = socket
    await new Promise<void>(resolve => {
      for (const event of ['open', 'close'] as const)
        socket.addEventListener(event, () => resolve(), { once: true })
      // A connection that is being made is ended too when the sink is closed.
      this.#closing.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return socket.readyState === socket.OPEN ? socket : undefined
  }
}
