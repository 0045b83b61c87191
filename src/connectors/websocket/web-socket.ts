/**
 * Messages that a server sends over WebSocket. Uses the standard `WebSocket` that Node and browsers
 * have, which cannot be paused: so what waits is bounded, and too much of it is an error, not a leak.
 */
import type { Source, SourceHost } from '../../connect/index.ts'
import { ConnectorError, wholeNumber } from '../../errors.ts'
import type { ElementForm, ElementForms } from '../shared/element-form.ts'
import { closeSocket } from './close-socket.ts'
import { Inbox } from './inbox.ts'
import { type MessageReader, messageReader } from './message.ts'
import {
  backOffMs,
  newSocket,
  type SocketAddress,
  type SocketOptions,
  socketAddress,
} from './socket-address.ts'

/** So much may wait for a slow stream unless an option says otherwise. */
export const DEFAULT_MAX_WAITING_BYTES: number = 16 * 1024 * 1024

/** How a connection ended. */
type SocketEnd = 'ended' | 'broken' | 'overflow' | { readonly thrown: unknown }

/** Codes of RFC 6455, section 7.4.1: the server has said all it had to say. */
const NORMAL_CODES: readonly number[] = [1000, 1005]

/** Options of `webSocket`. */
export interface WebSocketOptions<Form extends ElementForm = 'text'> extends SocketOptions {
  /** `text` or `bytes`, whichever way a message was sent; text without it. */
  readonly as?: Form
  /** So much may wait while the stream is slow; more ends the run. 16 MiB without it. */
  readonly maxWaitingBytes?: number
  /** Told each time when the connection is open. */
  readonly connected?: () => void
}

/**
 * Connects to a server: each message it sends is one element, in order. Works in browsers too.
 *
 * Ends when the server closes the connection normally (1000). One that breaks off is opened again, after
 * 100 ms, then twice as long each time up to half a minute; after `retries` attempts in a row that fail,
 * the run ends with `SOURCE_FAILED`. What the server sends while there is no connection is lost, and so
 * is what was received but not emitted when the run stops: WebSocket has no receipts.
 *
 * The standard WebSocket cannot be slowed down. What comes faster than the stream takes it waits in
 * memory; beyond `maxWaitingBytes` the connection is closed, what waits is given, and the run ends with
 * `SOURCE_FAILED`.
 */
export function webSocket<Form extends ElementForm = 'text'>(
  url: string,
  options: WebSocketOptions<Form> = {},
): Source<ElementForms[Form]> {
  const address = socketAddress(url, options)
  const settings = {
    address,
    read: messageReader(options.as, address.name),
    maxWaitingBytes: wholeNumber(
      options.maxWaitingBytes ?? DEFAULT_MAX_WAITING_BYTES,
      `${address.name}: maxWaitingBytes`,
      1,
    ),
    connected: options.connected,
  }
  return { name: address.name, run: host => new ClientRun<Form>(host, settings).run() }
}

interface ClientSettings<Form extends ElementForm> {
  readonly address: SocketAddress
  readonly read: MessageReader<Form>
  readonly maxWaitingBytes: number
  readonly connected: (() => void) | undefined
}

class ClientRun<Form extends ElementForm> {
  readonly #host: SourceHost<ElementForms[Form]>
  readonly #settings: ClientSettings<Form>
  /** Attempts in a row that led to no connection. */
  #failures = 0

  constructor(host: SourceHost<ElementForms[Form]>, settings: ClientSettings<Form>) {
    this.#host = host
    this.#settings = settings
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#host
    const { address, maxWaitingBytes } = this.#settings
    while (!signal.aborted) {
      const end = await this.#readSocket()
      if (end === 'ended' || signal.aborted) return
      if (typeof end === 'object') throw end.thrown
      if (end === 'overflow') {
        throw failed(
          address,
          `messages come faster than the stream takes them: more than ${maxWaitingBytes} bytes waited; make the steps faster, or raise maxWaitingBytes if it is a burst`,
        )
      }
      if (++this.#failures > address.retries) {
        throw failed(
          address,
          `there is no connection after ${this.#failures} attempts; is the address right, and the server running?`,
        )
      }
      await clock.sleep(backOffMs(this.#failures), signal)
    }
  }

  /** One connection, from its beginning to its end. */
  async #readSocket(): Promise<SocketEnd> {
    const { signal, clock } = this.#host
    const socket = newSocket(this.#settings.address)
    const inbox = new Inbox<ElementForms[Form]>()
    const end = this.#listen(socket, inbox)
    try {
      while (!signal.aborted) {
        const message = inbox.take()
        if (message !== undefined) {
          const passed = this.#host.emit(message.value)
          if (passed !== undefined) await passed
        } else if (inbox.isClosed) return await end
        else await inbox.changed(signal)
      }
      return 'ended'
    } finally {
      await closeSocket(socket, clock)
    }
  }

  /** Fills the inbox; resolves when nothing more can come. */
  #listen(socket: WebSocket, inbox: Inbox<ElementForms[Form]>): Promise<SocketEnd> {
    const { read, maxWaitingBytes, connected } = this.#settings
    return new Promise(resolve => {
      const over = (end: SocketEnd): void => {
        resolve(end)
        inbox.close()
      }
      socket.addEventListener('open', () => {
        this.#failures = 0
        try {
          connected?.()
        } catch (thrown) {
          over({ thrown })
        }
      })
      socket.addEventListener('message', event => {
        if (inbox.isClosed) return
        const data = dataOf(event.data)
        inbox.push(read(data), data.length)
        if (inbox.bytes > maxWaitingBytes) {
          over('overflow')
          socket.close()
        }
      })
      socket.addEventListener('close', ({ code, wasClean }) => {
        over(wasClean && NORMAL_CODES.includes(code) ? 'ended' : 'broken')
      })
    })
  }
}

/** What a message of the standard WebSocket holds: text, or bytes as `newSocket` asks for. */
function dataOf(data: unknown): string | Uint8Array {
  if (typeof data === 'string') return data
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array()
}

function failed(address: SocketAddress, why: string): ConnectorError {
  return new ConnectorError('SOURCE_FAILED', `${address.name}: ${why}`)
}
