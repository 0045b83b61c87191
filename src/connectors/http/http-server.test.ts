import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import test, { type TestContext } from 'node:test'
import type { Source } from '../../connect/index.ts'
import { SourceProbe } from '../../testing/index.ts'
import { systemClock } from '../../time/index.ts'
import {
  type BodyForm,
  type BodyForms,
  type HttpServerOptions,
  httpServer,
  type ListenAddress,
} from './index.ts'

interface Served<T> {
  readonly probe: SourceProbe<T>
  readonly port: number
  readonly url: string
  readonly source: Source<T>
}

async function served<Form extends BodyForm = 'bytes'>(
  t: TestContext,
  options: HttpServerOptions<Form> = {},
): Promise<Served<BodyForms[Form]>> {
  const address = Promise.withResolvers<ListenAddress>()
  const source = httpServer<Form>(0, { ...options, listening: address.resolve })
  const probe = new SourceProbe(source)
  t.after(() => probe.stop())
  const { port } = await address.promise
  return { probe, port, url: `http://127.0.0.1:${port}/`, source }
}

async function post(url: string, body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const response = await fetch(url, { method: 'POST', body })
  return `${response.status} ${await response.text()}`
}

test('each body is an element, and is answered when everything below is done', async t => {
  const { probe, url } = await served(t)
  probe.hold()
  let isAnswered = false
  const answer = post(url, 'one').finally(() => {
    isAnswered = true
  })
  await probe.until(1)
  for (let turn = 0; turn < 50; turn++) await systemClock.yield()
  assert.equal(isAnswered, false)
  probe.release()
  assert.equal(await answer, '200 OK')
  assert.deepEqual(probe.values, [new Uint8Array(Buffer.from('one'))])
})

test('bodies can be text and JSON, and what is no JSON is refused', async t => {
  const text = await served(t, { as: 'text' })
  const parsed = await served(t, { as: 'json' })
  assert.equal(await post(text.url, 'zwei é'), '200 OK')
  assert.equal(await post(parsed.url, '{"a":[1]}'), '200 OK')
  assert.match(await post(parsed.url, '{"a":'), /^400 the body is no JSON: /)
  assert.deepEqual([text.probe.values, parsed.probe.values], [['zwei é'], [{ a: [1] }]])
})

test('a step that fails is a 500 with its message, and the next request is taken', async t => {
  const { probe, url } = await served(t, { as: 'text' })
  probe.fail(new Error('no such sensor'))
  assert.equal(await post(url, 'one'), '500 no such sensor')
  assert.equal(await post(url, 'two'), '500 no such sensor')
  assert.deepEqual(probe.values, ['one', 'two'])
})

test('other paths and methods are told so, and give no element', async t => {
  const { probe, url } = await served(t, { path: '/events' })
  assert.equal(await post(url, 'x'), '404 elements go to /events')
  const got = await fetch(`${url}events`)
  assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST'])
  await got.text()
  assert.equal(await post(`${url}events?from=test`, 'x'), '200 OK')
  assert.equal(probe.values.length, 1)
})

test('a body beyond the limit is refused, announced or not', async t => {
  const { probe, url, port } = await served(t, { maxBodyBytes: 10 })
  assert.match(await post(url, 'x'.repeat(11)), /^413 .* larger than 10 bytes/)
  const chunked = httpRequest({
    port,
    host: '127.0.0.1',
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
  })
  chunked.on('error', () => undefined)
  const responded = new Promise<IncomingMessage>(resolve => chunked.once('response', resolve))
  chunked.write('x'.repeat(11))
  const response = await responded
  assert.equal(response.statusCode, 413)
  response.resume()
  chunked.destroy()
  assert.equal(await post(url, 'x'.repeat(10)), '200 OK')
  assert.equal(probe.values.length, 1)
})

test('no more than so many are under way at once, the others wait', async t => {
  const { probe, url } = await served(t, { as: 'text', concurrency: 2 })
  probe.hold()
  const answers = ['1', '2', '3', '4'].map(body => post(url, body))
  await probe.until(2)
  for (let turn = 0; turn < 100; turn++) await systemClock.yield()
  assert.equal(probe.values.length, 2)
  probe.release()
  assert.deepEqual(await Promise.all(answers), ['200 OK', '200 OK', '200 OK', '200 OK'])
  assert.ok(probe.mostAtOnce <= 2)
})

test('while it stops, what is under way is answered, and others are told to come again', async t => {
  const { probe, url } = await served(t, { as: 'text', concurrency: 1 })
  probe.hold()
  const first = post(url, 'first')
  await probe.until(1)
  const waiting = fetch(url, { method: 'POST', body: 'waiting' })
  probe.abort()
  const late = await fetch(url, { method: 'POST', body: 'late' })
  assert.deepEqual([late.status, late.headers.get('retry-after')], [503, '1'])
  await late.text()
  assert.equal((await waiting).status, 503)
  probe.release()
  assert.equal(await first, '200 OK')
  await probe.done
  assert.deepEqual(probe.values, ['first'])
  await assert.rejects(fetch(url, { method: 'POST', body: 'too late' }))
})

test('a client that goes away in the middle of a body gives no element, and holds nothing up', async t => {
  const { probe, url, port } = await served(t, { as: 'text', concurrency: 1 })
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf')
  for (let turn = 0; turn < 20; turn++) await systemClock.yield()
  socket.resetAndDestroy()
  assert.equal(await post(url, 'whole'), '200 OK')
  assert.deepEqual(probe.values, ['whole'])
})

test('a client that never ends its body does not hold up a stop', async t => {
  const { probe, port } = await served(t)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf')
  for (let turn = 0; turn < 20; turn++) await systemClock.yield()
  await probe.stop()
})

test('a port in use is an error that names it', async t => {
  const { port } = await served(t)
  await assert.rejects(new SourceProbe(httpServer(port)).done, {
    code: 'PORT_IN_USE',
    message: new RegExp(`port ${port} of 127.0.0.1 is in use`),
  })
})

test('a path with a query is refused', () => {
  assert.throws(() => httpServer(0, { path: '/events?x' }), {
    code: 'OPTION_INVALID',
    message: /without query/,
  })
})
