/**
 * Lines that come over TCP. Every connection is read only as fast as its lines are taken: while one is
 * held back, its socket is not read, and TCP slows down the sender.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { Source, SourceHost } from '../../connect/index.ts'
import { ConnectorError, messageOf, wholeNumber } from '../../errors.ts'
import { ByteSplitter, DEFAULT_MAX_LINE_BYTES, LineTooLong } from '../shared/byte-splitter.ts'
import { type ElementForm, type ElementForms, readerOf } from '../shared/element-form.ts'
import { type ListenAddress, listen } from '../shared/listen.ts'
import { portNumber, someText } from '../shared/options.ts'
import { readLines } from '../shared/read-lines.ts'
import { RunScope } from '../shared/run-scope.ts'
import { Turnstile } from '../shared/turnstile.ts'

/** So many connections at once unless an option says otherwise. */
export const DEFAULT_MAX_CONNECTIONS = 1024

/** Options of `tcpServer`. */
export interface TcpServerOptions<Form extends ElementForm = 'text'> {
  /** The address to listen at; `127.0.0.1` without it, `0.0.0.0` for all of this machine. */
  readonly host?: string
  /** What ends each element, and is no part of it; `\n` without it. */
  readonly delimiter?: string
  /** `text` (UTF-8) or `bytes`; text without it. */
  readonly as?: Form
  /** A connection that sends more than this without a delimiter is closed; 16 MiB without it. */
  readonly maxLineBytes?: number
  /** Further connections are closed at once; 1024 without it. */
  readonly maxConnections?: number
  /** Told in each run when connections are accepted, with the real port where 0 was asked for. */
  readonly listening?: (address: ListenAddress) => void
  /** Told of a connection that broke off or sent too long a line; the others go on. */
  readonly connectionFailed?: (error: ConnectorError) => void
}

/**
 * Listens at a port, and gives the lines that clients send: each without its delimiter, in the order of
 * its connection; those of several connections as they come. Port 0 is any free one.
 *
 * A last line without delimiter is given when the client closes the connection properly, and dropped
 * when the connection breaks off. A stop closes all connections: lines that were received but not yet
 * given are lost, as TCP has no receipts. Run again, it listens again. A port in use ends the run with
 * `PORT_IN_USE`.
 *
 * In memory per connection: one chunk of the system (64 KiB), as much again that waits to be read, and
 * an unfinished line.
 */
export function tcpServer<Form extends ElementForm = 'text'>(
  port: number,
  options: TcpServerOptions<Form> = {},
): Source<ElementForms[Form]> {
  const host = options.host ?? '127.0.0.1'
  const name = `tcp ${host}:${portNumber(port, 'tcpServer')}`
  const decode = readerOf(options.as, name)
  const delimiter = someText(options.delimiter ?? '\n', `${name}: delimiter`)
  const maxLineBytes = wholeNumber(options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES, `${name}: maxLineBytes`, 1)
  const maxConnections = wholeNumber(
    options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    `${name}: maxConnections`,
    1,
  )
  return {
    name,
    run: sourceHost =>
      new TcpRun(sourceHost, {
        name,
        at: { host, port },
        delimiter,
        decode,
        maxLineBytes,
        maxConnections,
        listening: options.listening,
        connectionFailed: options.connectionFailed,
      }).run(),
  }
}

interface TcpRunOptions<T> {
  readonly name: string
  readonly at: ListenAddress
  readonly delimiter: string
  readonly decode: (bytes: Buffer) => T
  readonly maxLineBytes: number
  readonly maxConnections: number
  readonly listening: ((address: ListenAddress) => void) | undefined
  readonly connectionFailed: ((error: ConnectorError) => void) | undefined
}

class TcpRun<T> {
  readonly #options: TcpRunOptions<T>
  readonly #scope: RunScope
  readonly #turnstile: Turnstile<T>
  readonly #server: Server = createServer()
  /** Open connections, and who reads them. */
  readonly #connections = new Map<Socket, Promise<void>>()

  constructor(host: SourceHost<T>, options: TcpRunOptions<T>) {
    this.#options = options
    this.#scope = new RunScope(host.signal)
    this.#turnstile = new Turnstile(host, this.#scope)
  }

  async run(): Promise<void> {
    const { name, at, maxConnections, listening } = this.#options
    if (this.#scope.isStopped) return
    this.#server.maxConnections = maxConnections
    this.#server.on('connection', socket => {
      this.#connections.set(socket, this.#serve(socket))
    })
    try {
      const address = await listen(this.#server, { name, at, failed: error => this.#scope.fail(error) })
      listening?.(address)
      await this.#scope.stopped
    } catch (thrown) {
      this.#scope.fail(thrown)
    }
    await this.#close()
    this.#scope.end()
  }

  async #serve(socket: Socket): Promise<void> {
    const { delimiter, decode, maxLineBytes } = this.#options
    // Unknown as soon as the connection has broken off.
    const from = `${socket.remoteAddress ?? 'an unknown address'}:${socket.remotePort ?? '?'}`
    try {
      await readLines(socket, {
        splitter: new ByteSplitter(delimiter, maxLineBytes),
        decode,
        turnstile: this.#turnstile,
        scope: this.#scope,
      })
    } catch (thrown) {
      this.#failed(from, thrown)
    } finally {
      socket.destroy()
      this.#connections.delete(socket)
    }
  }

  #failed(from: string, thrown: unknown): void {
    // A stop destroys the sockets, which is how their readers hear of it.
    if (this.#scope.isStopped) return
    const { name, maxLineBytes, connectionFailed } = this.#options
    const why =
      thrown instanceof LineTooLong
        ? `sent more than ${maxLineBytes} bytes without the delimiter, and was closed; a longer line needs the option maxLineBytes`
        : `broke off: ${messageOf(thrown)}`
    try {
      connectionFailed?.(
        new ConnectorError('SOURCE_FAILED', `${name}: the connection from ${from} ${why}`, { cause: thrown }),
      )
    } catch (failure) {
      this.#scope.fail(failure)
    }
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    const readers = [...this.#connections.values()]
    for (const socket of this.#connections.keys()) socket.destroy()
    await Promise.all([closed, ...readers])
  }
}
