/** Every source of what pushes keeps the rules that all of them have. */
import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { WebSocketServer, WebSocket as WsClient } from 'ws'
import type { Source } from '../../src/connect/index.ts'
import { fileNames, tail } from '../../src/connectors/files/index.ts'
import { httpServer, type ListenAddress } from '../../src/connectors/http/index.ts'
import { fromIterable, periodic, queue } from '../../src/connectors/memory/index.ts'
import { command } from '../../src/connectors/process/index.ts'
import { tcpServer } from '../../src/connectors/tcp/index.ts'
import { webSocket, webSocketServer } from '../../src/connectors/websocket/index.ts'
import { sourceConformance } from '../../src/testing/source-conformance.ts'
import { temporaryFolder } from '../broker/temporary-folder.ts'

sourceConformance('queue', () => {
  const q = queue<number>()
  return {
    source: q,
    feed: count => {
      for (let value = 0; value < count; value++) void q.put(value)
    },
  }
})

sourceConformance('periodic', () => ({ source: periodic(() => 1, { every: 1 }), feed: () => {} }))

sourceConformance('fromIterable', () => ({ source: fromIterable([1, 2, 3, 4, 5]), feed: () => {} }))

sourceConformance('fromIterable of what comes later', () => ({
  source: fromIterable({
    async *[Symbol.asyncIterator]() {
      for (let value = 0; ; value++) {
        await Promise.resolve()
        yield value
      }
    },
  }),
  feed: () => {},
}))

sourceConformance('tcpServer', () => {
  const ports = new Ports()
  const clients = new Set<ReturnType<typeof connect>>()
  return {
    source: ports.of(tcpServer(0, { listening: ports.listening })),
    feed: count =>
      ports.now(port => {
        const client = connect(port, '127.0.0.1')
        clients.add(client)
        // Cut off when the source stops.
        client.on('error', () => undefined)
        client.write('line\n'.repeat(count))
      }),
    close: () => {
      for (const client of clients) client.destroy()
    },
  }
})

sourceConformance(
  'httpServer',
  () => {
    const ports = new Ports()
    const requests = new Set<Promise<unknown>>()
    return {
      source: ports.of(httpServer(0, { concurrency: 1, listening: ports.listening })),
      feed: count =>
        ports.now(port => {
          for (let index = 0; index < count; index++) {
            const headers = { connection: 'close' }
            const request = fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x', headers })
            // Refused when the source has stopped.
            requests.add(request.then(response => response.text()).catch(() => undefined))
          }
        }),
      close: async () => {
        await Promise.all(requests)
      },
    }
  },
  { failures: 'answers' },
)

sourceConformance('webSocketServer', () => {
  const ports = new Ports()
  const clients = new Set<WsClient>()
  return {
    source: ports.of(webSocketServer(0, { listening: ports.listening })),
    feed: count =>
      ports.now(port => {
        const client = new WsClient(`ws://127.0.0.1:${port}`)
        clients.add(client)
        // Cut off when the source stops.
        client.on('error', () => undefined)
        client.on('open', () => {
          for (let index = 0; index < count; index++) client.send('message')
        })
      }),
    close: () => {
      for (const client of clients) client.terminate()
    },
  }
})

sourceConformance('webSocket', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  // What is fed while nobody is connected is for the next who is.
  let waiting = 0
  const send = (): void => {
    for (const client of server.clients) {
      if (client.readyState !== WsClient.OPEN) continue
      for (; waiting > 0; waiting--) client.send('message')
    }
  }
  server.on('connection', send)
  return {
    source: webSocket(`ws://127.0.0.1:${port}`),
    feed: count => {
      waiting += count
      send()
    },
    close: () => {
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }
})

sourceConformance('tail', () => {
  const path = join(temporaryFolder(), 'log')
  return {
    source: tail(path, { poll: 1 }),
    feed: count => appendFileSync(path, 'line\n'.repeat(count)),
  }
})

sourceConformance('fileNames', () => {
  const folder = temporaryFolder()
  let number = 0
  return {
    source: fileNames(folder, { poll: 1 }),
    feed: count => {
      for (let index = 0; index < count; index++) writeFileSync(join(folder, String(++number)), '')
    },
  }
})

sourceConformance('command', () => ({
  source: command(process.execPath, ['-e', "setInterval(() => console.log('line'), 1)"]),
  feed: () => {},
}))

/** Tells where the source of a test listens, as soon as it does: in each run somewhere else. */
class Ports {
  #port = Promise.withResolvers<number>()

  readonly listening = ({ port }: ListenAddress): void => this.#port.resolve(port)

  /** The source, whose port is unknown again after each run. */
  of(source: Source<unknown>): Source<unknown> {
    const forget = (): void => {
      this.#port = Promise.withResolvers()
    }
    return { name: source.name, run: host => source.run(host).finally(forget) }
  }

  now(act: (port: number) => void): void {
    void this.#port.promise.then(act)
  }
}
