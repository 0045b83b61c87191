/** What of streamz is what in Sluice: sources and sinks. Each is run for real. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { ManualClock, Stream } from 'sluice'
import { WebSocketServer } from 'ws'
import { fileNames, tail, textFile } from '../../src/connectors/files/index.ts'
import { httpServer } from '../../src/connectors/http/index.ts'
import { periodic, type Queue, queue } from '../../src/connectors/memory/index.ts'
import { command } from '../../src/connectors/process/index.ts'
import { tcpServer } from '../../src/connectors/tcp/index.ts'
import { toWebSocket, webSocketServer } from '../../src/connectors/websocket/index.ts'
import { temporaryFolder } from '../broker/temporary-folder.ts'
import { nothing, type Row, special } from './row.ts'

/** Runs a source until it has brought so many elements, and stops it. */
async function brings<T>(source: Stream<T>, out: readonly T[], whileRunning?: () => void): Promise<void> {
  const seen: T[] = []
  const all = Promise.withResolvers<void>()
  source.sink(value => {
    seen.push(value)
    if (seen.length >= out.length) all.resolve()
  })
  const running = source.run()
  running.catch(all.reject)
  whileRunning?.()
  await all.promise
  await source.stop()
  await running
  assert.deepEqual(seen, out)
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Tries until it works: nobody tells when a source listens. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (thrown) {
      if (!JSON.stringify(thrown, ['code', 'cause']).includes('ECONNREFUSED')) throw thrown
    }
  }
}

/** Sources. */
export const SOURCES: readonly Row[] = [
  special(
    'Stream.from_iterable([1, 2])',
    () => Stream.from([1, 2]),
    line => brings(line(), [1, 2]),
    'also generators, Web and node streams, Observables',
  ),
  special(
    'Stream.from_periodic(f, 0.1)',
    (f: () => number, clock: ManualClock) => Stream.from(periodic(f, { every: '100ms' }), { clock }),
    async line => {
      const clock = new ManualClock()
      let n = 0
      await brings(
        line(() => ++n, clock),
        [1],
      )
    },
    'does not drift by what the work takes',
  ),
  special(
    'Stream.from_textfile(path)',
    (path: string) => Stream.from(tail(path)),
    line => {
      const path = join(temporaryFolder(), 'log')
      writeFileSync(path, 'a\nb\nc')
      return brings(line(path), ['a', 'b'])
    },
    "without the delimiter; follows rotation and truncation. `atEnd: 'stop'` reads a file once",
  ),
  special(
    'Stream.filenames(path)',
    (path: string) => Stream.from(fileNames(path)),
    line => {
      const folder = temporaryFolder()
      writeFileSync(join(folder, 'b'), '')
      writeFileSync(join(folder, 'a'), '')
      return brings(line(folder), [join(folder, 'a'), join(folder, 'b')])
    },
  ),
  special(
    'Stream.from_tcp(port)',
    (port: number) => Stream.from(tcpServer(port)),
    async line => {
      const port = await freePort()
      await brings(line(port), ['a', 'b'], () => {
        void retried(async () => {
          const socket = connect(port, '127.0.0.1')
          await once(socket, 'connect')
          socket.end('a\nb')
        })
      })
    },
    'holds senders back; the last line needs no delimiter',
  ),
  special(
    'Stream.from_http_server(port)',
    (port: number) => Stream.from(httpServer(port, { as: 'text' })),
    async line => {
      const port = await freePort()
      await brings(line(port), ['a'], () => {
        void retried(() => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'a' }))
      })
    },
    '200 when everything below is done, 500 when it failed',
  ),
  special(
    "Stream.from_process(['ls', path])",
    (path: string) => Stream.from(command('ls', [path])),
    async line => {
      const folder = temporaryFolder()
      writeFileSync(join(folder, 'a'), '')
      const source = line(folder)
      const seen = source.toArray()
      await source.run()
      assert.deepEqual(seen, ['a'])
    },
    'all output, however slow the sink; a stop ends the child',
  ),
  special(
    "Stream.from_websocket('localhost', port)",
    (port: number) => Stream.from(webSocketServer(port)),
    async line => {
      const port = await freePort()
      await brings(line(port), ['a'], () => {
        void retried(async () => {
          const socket = connect(port, '127.0.0.1')
          await once(socket, 'connect')
          socket.destroy()
        }).then(() => {
          const client = new WebSocket(`ws://127.0.0.1:${port}`)
          client.addEventListener('open', () => client.send('a'))
        })
      })
    },
    'as there, a server; `webSocket(url)` is a client',
  ),
  special(
    'Stream.from_q(q)',
    (q: Queue<number>) => Stream.from(q),
    async line => {
      const q = queue<number>()
      await q.put(1)
      await brings(line(q), [1])
    },
    '`put` waits while the queue is full',
  ),
  nothing(
    'Stream.from_kafka(…), from_kafka_batched(…), from_mqtt(…)',
    'none in this version; a `Source` of your own is an object with `run`',
  ),
]

/** Sinks. */
export const SINKS: readonly Row[] = [
  special(
    's.sink(f)',
    (s: Stream<number>, f: (n: number) => Promise<void>) => s.sink(f),
    async line => {
      const s = new Stream<number>()
      const seen: number[] = []
      line(s, async n => {
        await Promise.resolve()
        seen.push(n)
      })
      await s.emit(1)
      assert.deepEqual(seen, [1])
    },
    'a promise is awaited wherever the sink stands',
  ),
  special(
    'L = s.sink_to_list()',
    (s: Stream<number>) => s.toArray(),
    async line => {
      const s = new Stream<number>()
      const seen = line(s)
      await s.emit(1)
      assert.deepEqual(seen, [1])
    },
  ),
  special(
    's.sink_to_textfile(path)',
    (s: Stream<string>, path: string) => s.to(textFile(path)),
    async line => {
      const path = join(temporaryFolder(), 'out')
      await using s = new Stream<string>()
      line(s, path)
      await s.emit('a')
      assert.equal(readFileSync(path, 'utf8'), 'a\n')
    },
    'an element is done with when it is on the disk',
  ),
  special(
    's.to_websocket(uri)',
    (s: Stream<string>, uri: string) => s.to(toWebSocket(uri)),
    async line => {
      const http = createHttpServer().listen(0, '127.0.0.1')
      await once(http, 'listening')
      const server = new WebSocketServer({ server: http })
      const message = Promise.withResolvers<string>()
      server.on('connection', socket => socket.on('message', data => message.resolve(String(data))))
      // A server that listens on a port has an address of this kind.
      const { port } = http.address() as AddressInfo
      const s = new Stream<string>()
      line(s, `ws://127.0.0.1:${port}`)
      await s.emit('a')
      assert.equal(await message.promise, 'a')
      await s.dispose()
      server.close()
      http.close()
    },
    'connects again when the connection breaks off',
  ),
  nothing(
    's.to_kafka(…), s.to_mqtt(…)',
    'none in this version; a `Sink` of your own is an object with `open`',
  ),
]
