/**
 * Messages that clients send over WebSocket. A socket is paused with each message until that was taken,
 * so that a slow stream slows down the senders. Uses the package `ws`.
 */
import type { WebSocket as Client, WebSocketServer } from 'ws'
import type { Source, SourceHost } from '../../connect/index.ts'
import { ConnectorError, messageOf, wholeNumber } from '../../errors.ts'
import type { ElementForm, ElementForms } from '../shared/element-form.ts'
import { addressOf, type ListenAddress, listenError } from '../shared/listen.ts'
import { portNumber, urlPath } from '../shared/options.ts'
import { RunScope } from '../shared/run-scope.ts'
import { Turnstile } from '../shared/turnstile.ts'
import { Inbox } from './inbox.ts'
import { loadWs } from './load-ws.ts'
import { DEFAULT_MAX_MESSAGE_BYTES, type MessageReader, messageReader } from './message.ts'

/** So many clients at once unless an option says otherwise. */
export const DEFAULT_MAX_CLIENTS = 1024

/** A client that does not answer the end of its connection is cut off after so long. */
const CLOSE_GRACE_MS = 1000

/** Codes of RFC 6455, section 7.4.1, and the registry it founds. */
const GOING_AWAY = 1001
const BROKEN_OFF = 1006
const TRY_AGAIN_LATER = 1013

/** Options of `webSocketServer`. */
export interface WebSocketServerOptions<Form extends ElementForm = 'text'> {
  /** The address to listen at; `127.0.0.1` without it, `0.0.0.0` for all of this machine. */
  readonly host?: string
  /** The path that takes connections, such as `/events`; any without it. */
  readonly path?: string
  /** `text` or `bytes`, whichever way a message was sent; text without it. */
  readonly as?: Form
  /** A client that sends a larger message is closed; 16 MiB without it. */
  readonly maxMessageBytes?: number
  /** Further clients are told to try again later; 1024 without it. */
  readonly maxConnections?: number
  /** Told in each run when connections are accepted, with the real port where 0 was asked for. */
  readonly listening?: (address: ListenAddress) => void
  /** Told of a connection that broke off or sent too much; the others go on. */
  readonly connectionFailed?: (error: ConnectorError) => void
}

/**
 * Listens at a port: each message of a client is one element, in the order of its connection; those of
 * several clients as they come. Needs the package `ws` (`npm install ws`), else `PACKAGE_MISSING`.
 *
 * WebSocket has no receipts: what a client has sent and was not emitted when the run stops or the
 * process dies is lost. A stop closes all connections with 1001. Run again, it listens again. In memory
 * per client: what came with one chunk of the system (64 KiB), and one message that is not complete. A
 * port in use ends the run with `PORT_IN_USE`.
 */
export function webSocketServer<Form extends ElementForm = 'text'>(
  port: number,
  options: WebSocketServerOptions<Form> = {},
): Source<ElementForms[Form]> {
  const host = options.host ?? '127.0.0.1'
  const name = `websocket ${host}:${portNumber(port, 'webSocketServer')}`
  const path = options.path === undefined ? undefined : urlPath(options.path, name)
  const settings = {
    name,
    at: { host, port },
    path,
    read: messageReader(options.as, name),
    maxMessageBytes: wholeNumber(
      options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      `${name}: maxMessageBytes`,
      1,
    ),
    maxConnections: wholeNumber(options.maxConnections ?? DEFAULT_MAX_CLIENTS, `${name}: maxConnections`, 1),
    listening: options.listening,
    connectionFailed: options.connectionFailed,
  }
  return { name, run: sourceHost => new ServerRun<Form>(sourceHost, settings).run() }
}

interface ServerSettings<Form extends ElementForm> {
  readonly name: string
  readonly at: ListenAddress
  readonly path: string | undefined
  readonly read: MessageReader<Form>
  readonly maxMessageBytes: number
  readonly maxConnections: number
  readonly listening: ((address: ListenAddress) => void) | undefined
  readonly connectionFailed: ((error: ConnectorError) => void) | undefined
}

class ServerRun<Form extends ElementForm> {
  readonly #host: SourceHost<ElementForms[Form]>
  readonly #settings: ServerSettings<Form>
  readonly #scope: RunScope
  readonly #turnstile: Turnstile<ElementForms[Form]>
  /** Open connections, and who reads them. */
  readonly #clients = new Map<Client, Promise<void>>()

  constructor(host: SourceHost<ElementForms[Form]>, settings: ServerSettings<Form>) {
    this.#host = host
    this.#settings = settings
    this.#scope = new RunScope(host.signal)
    this.#turnstile = new Turnstile(host, this.#scope)
  }

  async run(): Promise<void> {
    if (this.#scope.isStopped) return
    const { at, path, maxMessageBytes, listening } = this.#settings
    const ws = await loadWs()
    const server = new ws.WebSocketServer({
      host: at.host,
      port: at.port,
      maxPayload: maxMessageBytes,
      ...(path === undefined ? {} : { path }),
    })
    server.on('connection', (client, request) => {
      const { remoteAddress, remotePort } = request.socket
      this.#accept(client, `${remoteAddress ?? 'an unknown address'}:${remotePort ?? '?'}`)
    })
    try {
      const address = await this.#listen(server)
      listening?.(address)
      await this.#scope.stopped
    } catch (thrown) {
      this.#scope.fail(thrown)
    }
    await this.#close(server)
    this.#scope.end()
  }

  async #listen(server: WebSocketServer): Promise<ListenAddress> {
    const { name, at } = this.#settings
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve)
      // Also later: when the process may open no more sockets.
      server.on('error', error => {
        const failure = listenError(error, name, at)
        reject(failure)
        this.#scope.fail(failure)
      })
    })
    return addressOf(server, at)
  }

  #accept(client: Client, from: string): void {
    if (this.#scope.isStopped) client.close(GOING_AWAY)
    else if (this.#clients.size >= this.#settings.maxConnections) client.close(TRY_AGAIN_LATER)
    else
      this.#clients.set(
        client,
        this.#serve(client, from).finally(() => this.#clients.delete(client)),
      )
  }

  async #serve(client: Client, from: string): Promise<void> {
    const inbox = this.#inboxOf(client, from)
    while (!this.#scope.isStopped) {
      const message = inbox.take()
      if (message !== undefined) {
        const passed = this.#turnstile.emit(message.value)
        if (passed !== undefined) await passed
      } else if (inbox.isClosed) return
      else {
        client.resume()
        await inbox.changed(this.#scope.signal)
      }
    }
    await this.#end(client, inbox)
  }

  #inboxOf(client: Client, from: string): Inbox<ElementForms[Form]> {
    const { read } = this.#settings
    const inbox = new Inbox<ElementForms[Form]>()
    let failure: Error | undefined
    client.on('message', (data: Uint8Array) => {
      if (this.#scope.isStopped) return
      inbox.push(read(data), data.byteLength)
      client.pause()
    })
    client.on('error', error => {
      failure = error
    })
    client.on('close', code => {
      if (failure !== undefined || code === BROKEN_OFF) this.#tell(from, failure)
      inbox.close()
    })
    return inbox
  }

  #tell(from: string, failure: Error | undefined): void {
    if (this.#scope.isStopped) return
    const { name, maxMessageBytes, connectionFailed } = this.#settings
    const why =
      failure === undefined
        ? 'broke off'
        : `failed: ${messageOf(failure)} (messages may have ${maxMessageBytes} bytes; option maxMessageBytes)`
    try {
      connectionFailed?.(
        new ConnectorError('SOURCE_FAILED', `${name}: the connection from ${from} ${why}`, {
          cause: failure,
        }),
      )
    } catch (thrown) {
      this.#scope.fail(thrown)
    }
  }

  /** Says goodbye, and waits a moment for the answer. */
  async #end(client: Client, inbox: Inbox<unknown>): Promise<void> {
    client.resume()
    client.close(GOING_AWAY)
    const done = new AbortController()
    const grace = this.#host.clock.sleep(CLOSE_GRACE_MS, done.signal).then(() => client.terminate())
    while (!inbox.isClosed) await inbox.changed(done.signal)
    done.abort()
    await grace
  }

  async #close(server: WebSocketServer): Promise<void> {
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    await Promise.all(this.#clients.values())
    for (const client of server.clients) client.terminate()
    await closed
  }
}
