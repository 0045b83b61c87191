/**
 * Elements that come as the bodies of HTTP requests. A request is answered when all that its element set
 * off is done, so 200 means more than received; who is told otherwise may send it again.
 * A failure is the answer to one request, and ends neither the run nor other requests.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Source, SourceHost } from '../../connect/index.ts'
import { messageOf, unreachable, wholeNumber } from '../../errors.ts'
import { type ListenAddress, listen } from '../shared/listen.ts'
import { oneOf, portNumber, urlPath } from '../shared/options.ts'
import { RunScope } from '../shared/run-scope.ts'
import { readBody } from './read-body.ts'
import { Slots } from './slots.ts'

/** Larger bodies are refused unless an option says otherwise. */
export const DEFAULT_MAX_BODY_BYTES: number = 1024 * 1024

/** So many requests are worked on at once unless an option says otherwise. */
export const DEFAULT_HTTP_CONCURRENCY = 64

const RETRY_AFTER_SECONDS = 1

/** The forms of a body, and the type of an element in each. */
export interface BodyForms {
  readonly bytes: Uint8Array
  readonly text: string
  /** Any JSON: check it in the first step. */
  readonly json: unknown
}

/** `bytes` as they came, `text` decoded as UTF-8, `json` parsed. */
export type BodyForm = keyof BodyForms

/** Options of `httpServer`. */
export interface HttpServerOptions<Form extends BodyForm = 'bytes'> {
  /** The address to listen at; `127.0.0.1` without it, `0.0.0.0` for all of this machine. */
  readonly host?: string
  /** The path that takes elements; `/` without it. Others are answered with 404. */
  readonly path?: string
  /** `bytes`, `text` (UTF-8) or `json`; bytes without it. A body that is no JSON is answered with 400. */
  readonly as?: Form
  /** A larger body is answered with 413; 1 MiB without it. */
  readonly maxBodyBytes?: number
  /** So many requests are read and worked on at once, further ones wait; 64 without it. */
  readonly concurrency?: number
  /** Told in each run when requests are accepted, with the real port where 0 was asked for. */
  readonly listening?: (address: ListenAddress) => void
}

/**
 * Listens at a port: the body of each POST is one element.
 *
 * | answer | when |
 * |---|---|
 * | 200 `OK` | all that the element set off is done; what a step such as `chunk` keeps for later is in memory |
 * | 500 and the message | a step failed; the element is not tried again |
 * | 503 with `Retry-After` | the run is being stopped: the element was not taken |
 * | 400, 404, 405, 413 | no JSON; another path; not a POST; too large: nothing was taken |
 *
 * A client that has sent a body and gets no answer does not know: if it sends again, the element may come
 * twice. Up to `concurrency` elements are under way at once, in the order in which their bodies were
 * complete. A stop lets those under way be answered, and then closes everything. Run again, it listens
 * again.
 */
export function httpServer<Form extends BodyForm = 'bytes'>(
  port: number,
  options: HttpServerOptions<Form> = {},
): Source<BodyForms[Form]> {
  const host = options.host ?? '127.0.0.1'
  const name = `http ${host}:${portNumber(port, 'httpServer')}`
  const path = urlPath(options.path ?? '/', name)
  const settings = {
    name,
    at: { host, port },
    path,
    parse: parserOf(options.as, name),
    maxBodyBytes: wholeNumber(options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES, `${name}: maxBodyBytes`, 0),
    concurrency: wholeNumber(options.concurrency ?? DEFAULT_HTTP_CONCURRENCY, `${name}: concurrency`, 1),
    listening: options.listening,
  }
  return { name, run: sourceHost => new HttpRun(sourceHost, settings).run() }
}

interface HttpSettings<T> {
  readonly name: string
  readonly at: ListenAddress
  readonly path: string
  readonly parse: (body: Buffer) => T
  readonly maxBodyBytes: number
  readonly concurrency: number
  readonly listening: ((address: ListenAddress) => void) | undefined
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

const STOPPING: Answer = {
  status: 503,
  text: 'stopping: nothing was taken, try again',
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
}

class HttpRun<T> {
  readonly #host: SourceHost<T>
  readonly #settings: HttpSettings<T>
  readonly #scope: RunScope
  readonly #slots: Slots
  readonly #server: Server
  /** Elements that everything below is not done with. */
  readonly #underWay = new Set<Promise<void>>()

  constructor(host: SourceHost<T>, settings: HttpSettings<T>) {
    this.#host = host
    this.#settings = settings
    this.#scope = new RunScope(host.signal)
    this.#slots = new Slots(settings.concurrency)
    this.#server = createServer((request, response) => {
      const answered = this.#answer(request, response).finally(() => this.#underWay.delete(answered))
      this.#underWay.add(answered)
    })
  }

  async run(): Promise<void> {
    const { name, at, listening } = this.#settings
    if (this.#scope.isStopped) return
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // It closes when the answer is sent, or as soon as nobody is there any more who could get it.
    const closed = new Promise<void>(resolve => response.once('close', () => resolve()))
    const { status, text, headers } = await this.#take(request)
    const isOver = this.#scope.isStopped || !request.complete
    // A body that was not read to its end cannot be followed by another request.
    const close = isOver ? { connection: 'close' } : {}
    const allHeaders = { 'content-type': 'text/plain; charset=utf-8', ...headers, ...close }
    response.writeHead(status, allHeaders).end(text)
    await closed
  }

  async #take(request: IncomingMessage): Promise<Answer> {
    const { path, maxBodyBytes } = this.#settings
    if (request.url?.split('?', 1)[0] !== path) return { status: 404, text: `elements go to ${path}` }
    if (request.method !== 'POST') {
      return { status: 405, text: `${path} takes POST; each body is one element`, headers: { allow: 'POST' } }
    }
    if (Number(request.headers['content-length']) > maxBodyBytes) return tooLarge(maxBodyBytes)
    if (!(await this.#slots.enter(this.#scope.signal))) return STOPPING
    try {
      return await this.#takeBody(request)
    } finally {
      this.#slots.leave()
    }
  }

  async #takeBody(request: IncomingMessage): Promise<Answer> {
    const { parse, maxBodyBytes } = this.#settings
    const body = await readBody(request, maxBodyBytes, this.#scope.signal)
    switch (body.kind) {
      case 'too large':
        return tooLarge(maxBodyBytes)
      case 'broken':
        return { status: 400, text: 'the body broke off: nothing was taken' }
      case 'stopped':
        return STOPPING
      case 'whole':
        break
      default:
        return unreachable(body)
    }
    let element: T
    try {
      element = parse(body.bytes)
    } catch (thrown) {
      return { status: 400, text: `the body is no JSON: ${messageOf(thrown)}` }
    }
    try {
      await this.#host.process(element)
      return { status: 200, text: 'OK' }
    } catch (thrown) {
      // Not swallowed: it is the answer, and the host, which it comes from, knows it too.
      return { status: 500, text: messageOf(thrown) }
    }
  }

  /** Those who ask now are told that it stops; when those before are answered, all is closed. */
  async #close(): Promise<void> {
    await Promise.all(this.#underWay)
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await Promise.all([closed, ...this.#underWay])
  }
}

function tooLarge(maxBodyBytes: number): Answer {
  return { status: 413, text: `the body is larger than ${maxBodyBytes} bytes: nothing was taken` }
}

const PARSERS: { readonly [Form in BodyForm]: (body: Buffer) => BodyForms[Form] } = {
  bytes: body => new Uint8Array(body),
  text: body => body.toString('utf8'),
  json: body => JSON.parse(body.toString('utf8')) as unknown,
}

function parserOf<Form extends BodyForm>(
  as: Form | undefined,
  name: string,
): (body: Buffer) => BodyForms[Form] {
  // Where nothing is said, Form is its default, which is bytes.
  const form = as ?? ('bytes' as Form)
  return PARSERS[oneOf<BodyForm>(form, `${name}: as`, ['bytes', 'text', 'json']) as Form]
}
