/**
 * The little HTTP server of `sluice run --http`: it reads what the run has told last and never asks
 * the worker, which it therefore cannot slow.
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { messageOf, UsageError } from '../errors.ts'
import { PROMETHEUS_TYPE, prometheusText, type RunWatch, type Verdict } from '../observe/index.ts'
import { systemClock } from '../time/index.ts'

/** Only this machine, unless the user names another address. */
const LOOPBACK = '127.0.0.1'
const MAX_PORT = 65_535

/** Where to listen. */
export interface HttpAddress {
  readonly host: string
  /** 0: any port that is free. */
  readonly port: number
}

/** Reads `PORT` or `HOST:PORT`, an IPv6 host in brackets. Throws `UsageError`. */
export function httpAddress(text: string | undefined): HttpAddress | undefined {
  if (text === undefined) return undefined
  const match = /^(?:(?<host>[^:[\]\s]+|\[[0-9a-fA-F:.]+\]):)?(?<port>\d{1,5})$/.exec(text)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > MAX_PORT) {
    throw new UsageError(
      `--http is ${JSON.stringify(text)}; expected a port from 0 to ${MAX_PORT}, or HOST:PORT such as 0.0.0.0:8080`,
    )
  }
  return { host: match.groups?.['host']?.replace(/^\[|\]$/g, '') ?? LOOPBACK, port }
}

/** Answers questions about one run. */
export class WatchServer {
  readonly url: string
  readonly #server: Server

  private constructor(server: Server, host: string) {
    this.#server = server
    const { port } = server.address() as AddressInfo
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  /** Listens. Throws `UsageError` when the address cannot be had, a port in use for one. */
  static async open({ host, port }: HttpAddress, app: string, watch: RunWatch): Promise<WatchServer> {
    const server = createServer((request, response) => {
      // Not through `new URL`, which throws at what anybody may send: `//`, for one.
      const [path = ''] = (request.url ?? '').split('?', 1)
      if (request.method === 'GET' || request.method === 'HEAD') answer(path, response, app, watch)
      else send(response, 405, 'text/plain', 'only GET is answered here\n')
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', thrown => reject(cannotListen(`${host}:${port}`, thrown)))
      server.listen(port, host, resolve)
    })
    return new WatchServer(server, host)
  }

  /** Ends connections too, those that wait for a next question included. */
  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}

function answer(path: string, response: ServerResponse, app: string, watch: RunWatch): void {
  switch (path) {
    case '/healthz':
      return sendVerdict(response, watch.health(systemClock.monotonic()))
    case '/readyz':
      return sendVerdict(response, watch.readiness())
    case '/metrics':
      return send(response, 200, PROMETHEUS_TYPE, prometheusText(app, watch))
    case '/progress':
      return send(response, 200, 'application/json', progressJson(app, watch))
    default:
      send(response, 404, 'text/plain', 'there are /healthz, /readyz, /metrics and /progress\n')
  }
}

function progressJson(app: string, watch: RunWatch): string {
  const { rate, workers: _, commitLatency: __, ...totals } = watch.totals()
  const workers = watch.workers()
  return `${JSON.stringify({ app, time: systemClock.now(), recordsPerSecond: rate, ...totals, workers })}\n`
}

function sendVerdict(response: ServerResponse, { ok, problems }: Verdict): void {
  send(response, ok ? 200 : 503, 'text/plain', ok ? 'ok\n' : `${problems.join('\n')}\n`)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}

function cannotListen(address: string, thrown: unknown): UsageError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  const why = code === 'EADDRINUSE' ? 'another process listens there' : messageOf(thrown)
  return new UsageError(
    `--http cannot listen on ${address}: ${why}; name another port, or 0 for any that is free`,
    {
      cause: thrown,
    },
  )
}
