import assert from 'node:assert/strict'
import { once } from 'node:events'
import test, { type TestContext } from 'node:test'
import { WebSocketServer } from 'ws'
import type { Sink, SinkHost } from '../../connect/index.ts'
import { type ToWebSocketOptions, toWebSocket } from './index.ts'

const HOST: SinkHost = { step: 'out', task: 0, publish: () => undefined, delivered: () => undefined }
const META = { time: 0, key: undefined }

/** A server that keeps what it gets. */
class Receiver {
  readonly received: string[] = []
  #server: WebSocketServer | undefined
  #port = 0

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: this.#port })
    this.#server = server
    server.on('connection', client => client.on('message', data => this.received.push(String(data))))
    await once(server, 'listening')
    const address = server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Cuts all connections, and refuses new ones. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    for (const client of server.clients) client.terminate()
    await new Promise(resolve => server.close(resolve))
  }
}

async function started(t: TestContext): Promise<Receiver> {
  const receiver = new Receiver()
  await receiver.start()
  t.after(() => receiver.stop())
  return receiver
}

function opened(t: TestContext, url: string, options: ToWebSocketOptions = {}): Sink<string | Uint8Array> {
  const sink = toWebSocket(url, options).open(HOST)
  t.after(() => sink.close())
  return sink
}

async function committed(
  sink: Sink<string | Uint8Array>,
  values: readonly (string | Uint8Array)[],
  id = 1,
): Promise<void> {
  for (const value of values) sink.write(value, META)
  await sink.prepare(id)
  await sink.commit(id)
}

test('each element is a message, in order, over all commits', async t => {
  const receiver = await started(t)
  const sink = opened(t, receiver.url)
  await committed(sink, ['one', Buffer.from('zwei é')])
  await committed(sink, ['three'], 2)
  await sink.close()
  assert.deepEqual(receiver.received, ['one', 'zwei é', 'three'])
})

test('bytes may be used again as soon as they are written', async t => {
  const receiver = await started(t)
  const sink = opened(t, receiver.url)
  const bytes = Buffer.from('one')
  sink.write(bytes, META)
  bytes.write('two')
  await committed(sink, [bytes])
  await sink.close()
  assert.deepEqual(receiver.received, ['one', 'two'])
})

test('a server that was restarted gets what comes after, and all of it', async t => {
  const receiver = await started(t)
  const sink = opened(t, receiver.url)
  await committed(sink, ['one'])
  while (receiver.received.length < 1) await new Promise(setImmediate)
  await receiver.stop()
  for (const value of ['two', 'three']) sink.write(value, META)
  const prepared = sink.prepare(2)
  await receiver.start()
  await prepared
  await sink.close()
  assert.deepEqual(
    receiver.received.filter((value, index, all) => all.indexOf(value) === index),
    ['one', 'two', 'three'],
  )
})

test('without a server the commit fails, and who writes again when there is one has it sent once', async t => {
  const receiver = await started(t)
  await receiver.stop()
  const sink = opened(t, receiver.url, { retries: 0 })
  sink.write('one', META)
  await assert.rejects(async () => sink.prepare(1), {
    code: 'SINK_FAILED',
    retryable: true,
    message: /1 messages could not be sent in 1 attempts/,
  })
  await receiver.start()
  await committed(sink, ['one', 'two'])
  await sink.close()
  assert.deepEqual(receiver.received, ['one', 'two'])
})

test('closing ends an attempt that waits', async t => {
  const receiver = await started(t)
  await receiver.stop()
  const sink = opened(t, receiver.url, { retries: 1000 })
  sink.write('one', META)
  const refused = assert.rejects(async () => sink.prepare(1), { code: 'SINK_FAILED' })
  await sink.close()
  await refused
})

test('what is neither text nor bytes is refused', async t => {
  const receiver = await started(t)
  const sink = opened(t, receiver.url)
  // As a program without types would call it.
  const wrong = { a: 1 } as unknown as string
  assert.throws(() => sink.write(wrong, META), { code: 'ENCODE_FAILED', message: /expected text or bytes/ })
})
