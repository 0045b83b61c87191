import assert from 'node:assert/strict'
import { once } from 'node:events'
import test, { type TestContext } from 'node:test'
import { WebSocketServer, type WebSocket as WsClient } from 'ws'
import { SourceProbe, WatchedClock } from '../../testing/index.ts'
import { systemClock } from '../../time/index.ts'
import { webSocket } from './index.ts'

interface Server {
  readonly url: string
  readonly server: WebSocketServer
  /** The next client that connects. */
  connection(): Promise<WsClient>
}

async function listening(t: TestContext): Promise<Server> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  t.after(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `ws://127.0.0.1:${port}`,
    server,
    connection: () => new Promise(resolve => server.once('connection', resolve)),
  }
}

function read(
  t: TestContext,
  source: ReturnType<typeof webSocket>,
  clock = systemClock,
): SourceProbe<unknown> {
  const probe = new SourceProbe<unknown>(source, clock)
  t.after(() => probe.stop().catch(() => undefined))
  return probe
}

test('messages come in order, and the run ends when the server closes normally', async t => {
  const { url, connection } = await listening(t)
  const connected = connection()
  const probe = read(t, webSocket(url))
  const client = await connected
  for (const message of ['one', Buffer.from('zwei é'), '']) client.send(message)
  client.close(1000)
  await probe.done
  assert.deepEqual(probe.values, ['one', 'zwei é', ''])
})

test('messages can come as bytes, whichever way they were sent', async t => {
  const { url, connection } = await listening(t)
  const connected = connection()
  const probe = new SourceProbe(webSocket(url, { as: 'bytes' }))
  const client = await connected
  client.send('a')
  client.send(Buffer.of(0xff))
  client.close(1000)
  await probe.done
  assert.deepEqual(probe.values, [Uint8Array.of(0x61), Uint8Array.of(0xff)])
})

test('a connection that breaks off is opened again', async t => {
  const { url, connection } = await listening(t)
  const connected = connection()
  const probe = read(t, webSocket(url))
  const first = await connected
  first.send('one')
  await probe.until(1)
  const again = connection()
  first.terminate()
  const second = await again
  second.send('two')
  await probe.until(2)
  assert.deepEqual(await probe.stop(), ['one', 'two'])
})

test('without a server the run ends after its attempts, each later than the one before', async t => {
  const { url, server } = await listening(t)
  await new Promise(resolve => server.close(resolve))
  const clock = new WatchedClock()
  const probe = read(t, webSocket(url, { retries: 2 }), clock)
  for (const wait of [100, 200]) {
    await clock.asleep()
    clock.advance(wait - 1)
    await systemClock.yield()
    await clock.asleep()
    clock.advance(1)
    await systemClock.yield()
  }
  await assert.rejects(probe.done, {
    code: 'SOURCE_FAILED',
    message: /there is no connection after 3 attempts; is the address right/,
  })
})

test('what waits for a slow stream is bounded: beyond that it is given, and the run fails', async t => {
  const { url, connection } = await listening(t)
  const connected = connection()
  const probe = read(t, webSocket(url, { maxWaitingBytes: 10_000 })).hold()
  const client = await connected
  const closed = once(client, 'close')
  for (let sent = 0; sent < 100; sent++) client.send('x'.repeat(1000))
  await closed
  assert.equal(probe.values.length, 1)
  probe.release()
  await assert.rejects(probe.done, { code: 'SOURCE_FAILED', message: /more than 10000 bytes waited/ })
  assert.ok(probe.values.length >= 10 && probe.values.length <= 12, `${probe.values.length} were given`)
})

test('what connected throws ends the run', async t => {
  const { url } = await listening(t)
  const connected = (): void => {
    throw new Error('not today')
  }
  await assert.rejects(read(t, webSocket(url, { connected })).done, { message: 'not today' })
})

test('what is no address of a WebSocket is refused', () => {
  for (const url of ['http://x', 'example.com', '']) {
    assert.throws(() => webSocket(url), { code: 'OPTION_INVALID', message: /expected one such as "wss:/ })
  }
})
