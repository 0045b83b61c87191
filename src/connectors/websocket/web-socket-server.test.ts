import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import test, { type TestContext } from 'node:test'
import { WebSocket as WsClient } from 'ws'
import type { ConnectorError } from '../../errors.ts'
import { SourceProbe } from '../../testing/index.ts'
import { systemClock } from '../../time/index.ts'
import { type ListenAddress, type WebSocketServerOptions, webSocketServer } from './index.ts'
import { loadWs } from './load-ws.ts'

interface Served {
  readonly probe: SourceProbe<string>
  readonly port: number
  /** A client that is connected. */
  client(): Promise<WsClient>
}

async function served(t: TestContext, options: WebSocketServerOptions = {}): Promise<Served> {
  const address = Promise.withResolvers<ListenAddress>()
  const probe = new SourceProbe(webSocketServer(0, { ...options, listening: address.resolve }))
  t.after(() => probe.stop().catch(() => undefined))
  const { port } = await address.promise
  const client = async (): Promise<WsClient> => {
    const socket = new WsClient(`ws://127.0.0.1:${port}/`)
    t.after(() => socket.terminate())
    // The server may cut it off: the tests look at what came of it.
    socket.on('error', () => undefined)
    await once(socket, 'open')
    return socket
  }
  return { probe, port, client }
}

test('each message is an element, as text or as bytes, those before a close too', async t => {
  const { probe, client } = await served(t)
  const socket = await client()
  for (const message of ['one', 'zwei é', Buffer.from('three'), '']) socket.send(message)
  socket.close()
  await probe.until(4)
  assert.deepEqual(await probe.stop(), ['one', 'zwei é', 'three', ''])
})

test('while an element is held back, its client cannot send on', async t => {
  const { probe, client } = await served(t)
  probe.hold()
  const socket = await client()
  const message = 'x'.repeat(65_536)
  const count = 1000
  for (let sent = 0; sent < count; sent++) socket.send(message)
  await probe.until(1)
  // The system has taken all it takes when nothing more was sent in many turns.
  for (let before = -1, turns = 0; turns < 2000; turns++) {
    if (socket.bufferedAmount !== before) turns = 0
    before = socket.bufferedAmount
    await systemClock.yield()
  }
  assert.equal(probe.values.length, 1)
  assert.ok(socket.bufferedAmount > (count * message.length) / 2, `${socket.bufferedAmount} bytes wait`)
  probe.release()
  await probe.until(count)
  assert.equal(probe.mostAtOnce, 1)
  await probe.stop()
})

test('a client that breaks off or sends too much harms no other', async t => {
  const failures: ConnectorError[] = []
  const { probe, port, client } = await served(t, {
    maxMessageBytes: 1000,
    connectionFailed: error => failures.push(error),
  })
  const [good, broken, greedy] = [await client(), await client(), await client()]
  const stranger = connect(port, '127.0.0.1')
  t.after(() => stranger.destroy())
  stranger.resume().write('this is no WebSocket\r\n\r\n')
  await once(stranger, 'close')
  broken.send('whole')
  await probe.until(1)
  broken.terminate()
  greedy.send('x'.repeat(1001))
  await once(greedy, 'close')
  good.send('fine')
  await probe.until(2)
  while (failures.length < 2) await systemClock.yield()
  assert.deepEqual(await probe.stop(), ['whole', 'fine'])
  const texts = failures.map(({ message }) => message).join('\n')
  assert.match(texts, /connection from 127\.0\.0\.1:\d+ broke off/)
  assert.match(texts, /failed: Max payload size exceeded.*option maxMessageBytes/)
})

test('a stop in the middle tells the clients that the server goes away', async t => {
  const { probe, client } = await served(t)
  const socket = await client()
  probe.hold()
  for (const message of ['one', 'two', 'three']) socket.send(message)
  await probe.until(1)
  const closed = once(socket, 'close')
  assert.deepEqual(await probe.stop(), ['one'])
  assert.equal((await closed)[0], 1001)
})

test('more clients than allowed are told to try again later', async t => {
  const { client } = await served(t, { maxConnections: 1 })
  await client()
  const second = await client()
  assert.equal((await once(second, 'close'))[0], 1013)
})

test('a port in use is an error that names it', async t => {
  const { port } = await served(t)
  await assert.rejects(new SourceProbe(webSocketServer(port)).done, {
    code: 'PORT_IN_USE',
    message: new RegExp(`^websocket 127.0.0.1:${port}: port ${port} of 127.0.0.1 is in use`),
  })
})

test('without the package ws the error says what to install', async () => {
  const missing = new Error("Cannot find package 'ws'")
  await assert.rejects(
    loadWs(() => Promise.reject(missing)),
    { code: 'PACKAGE_MISSING', message: /npm install ws/, cause: missing },
  )
})
