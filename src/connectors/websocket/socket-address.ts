/** Where a WebSocket client connects, and how long it waits before it tries again. */
import { describeValue, GraphError, wholeNumber } from '../../errors.ts'

/** So often in a row a connection is tried again unless an option says otherwise. */
export const DEFAULT_RETRIES = 10

const FIRST_BACK_OFF_MS = 100
const MAX_BACK_OFF_MS = 30_000

/** Options of everything that connects. */
export interface SocketOptions {
  /** Subprotocols to offer to the server. */
  readonly protocols?: readonly string[]
  /** How often in a row to try again when there is no connection; 10 without it, 0 for never. */
  readonly retries?: number
}

/** Options that were checked. */
export interface SocketAddress {
  readonly name: string
  readonly url: string
  readonly protocols: readonly string[]
  readonly retries: number
}

/** Throws `OPTION_INVALID` for what is no address of a WebSocket. */
export function socketAddress(url: string, options: SocketOptions): SocketAddress {
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    throw new GraphError(
      'OPTION_INVALID',
      `the address of a WebSocket is ${describeValue(url)}; expected one such as "wss://example.com/events"`,
    )
  }
  const name = `websocket ${url}`
  return {
    name,
    url,
    protocols: options.protocols ?? [],
    retries: wholeNumber(options.retries ?? DEFAULT_RETRIES, `${name}: retries`, 0),
  }
}

/** How long to wait before the attempt with this number, from 1: doubled each time, half a minute at most. */
export function backOffMs(attempt: number): number {
  return Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (attempt - 1))
}

/** A new socket that gives bytes as `ArrayBuffer`. */
export function newSocket({ url, protocols }: SocketAddress): WebSocket {
  const socket = new WebSocket(url, [...protocols])
  socket.binaryType = 'arraybuffer'
  return socket
}
