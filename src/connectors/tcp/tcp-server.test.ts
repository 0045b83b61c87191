import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import type { ConnectorError } from '../../errors.ts'
import { SourceProbe } from '../../testing/index.ts'
import { systemClock } from '../../time/index.ts'
import { type ListenAddress, type TcpServerOptions, tcpServer } from './index.ts'

async function listening(
  t: TestContext,
  options: TcpServerOptions = {},
): Promise<{ readonly probe: SourceProbe<string>; readonly client: () => Promise<Socket> }> {
  const address = Promise.withResolvers<ListenAddress>()
  const probe = new SourceProbe(tcpServer(0, { ...options, listening: address.resolve }))
  t.after(() => probe.stop().catch(() => undefined))
  const { port } = await address.promise
  return {
    probe,
    client: async () => {
      const socket = connect(port, '127.0.0.1')
      t.after(() => socket.destroy())
      // The server may cut it off: the tests look at what came of it.
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      return socket
    },
  }
}

test('lines come whole, however their bytes are split, the last one too when the client closes', async t => {
  const { probe, client } = await listening(t)
  const socket = await client()
  const bytes = Buffer.from('one\nzwei é\n\n𝄞 last')
  for (const byte of bytes) {
    await new Promise(resolve => socket.write(Buffer.of(byte), resolve))
    await systemClock.yield()
  }
  socket.end()
  await probe.until(4)
  assert.deepEqual(await probe.stop(), ['one', 'zwei é', '', '𝄞 last'])
})

test('several connections are read, and one that breaks off harms no other', async t => {
  const failed: ConnectorError[] = []
  const { probe, client } = await listening(t, { connectionFailed: error => failed.push(error) })
  const [good, bad] = [await client(), await client()]
  bad.write('whole\nhalf')
  await probe.until(1)
  bad.resetAndDestroy()
  good.write('still here\n')
  await probe.until(2)
  good.end('the end\n')
  await probe.until(3)
  while (failed.length === 0) await systemClock.yield()
  assert.deepEqual(await probe.stop(), ['whole', 'still here', 'the end'])
  assert.match(failed.map(String).join(), /connection from 127\.0\.0\.1:\d+ broke off/)
})

test('a client that sends rubbish without end is cut off, and the others go on', async t => {
  const failed: ConnectorError[] = []
  const { probe, client } = await listening(t, {
    maxLineBytes: 1000,
    connectionFailed: error => failed.push(error),
  })
  const [good, bad] = [await client(), await client()]
  bad.write(Buffer.alloc(5000, 0xff))
  await once(bad, 'close')
  good.write('fine\n')
  await probe.until(1)
  assert.deepEqual(await probe.stop(), ['fine'])
  assert.match(failed.map(String).join(), /more than 1000 bytes without the delimiter.*maxLineBytes/)
})

test('bytes that are no UTF-8 are replaced as text, and kept as bytes', async t => {
  const address = Promise.withResolvers<ListenAddress>()
  const bytes = new SourceProbe(tcpServer(0, { as: 'bytes', delimiter: '\r\n', listening: address.resolve }))
  t.after(() => bytes.stop())
  const { probe: text, client } = await listening(t)
  const first = await client()
  first.end(Buffer.of(0x61, 0xff, 0x0a))
  const second = connect((await address.promise).port, '127.0.0.1')
  second.end(Buffer.of(0x61, 0xff, 0x0d, 0x0a))
  await Promise.all([text.until(1), bytes.until(1)])
  assert.deepEqual([text.values, bytes.values], [['a\ufffd'], [Uint8Array.of(0x61, 0xff)]])
})

test('while an element is held back the sender can send no more than the buffers of the system take', async t => {
  const { probe, client } = await listening(t)
  probe.hold()
  const socket = await client()
  const line = Buffer.from(`${'x'.repeat(65_535)}\n`)
  const total = 64 * 1024 * 1024
  let written = 0
  for (let sent = 0; sent < total; sent += line.length) {
    socket.write(line, () => {
      written += line.length
    })
  }
  await probe.until(1)
  // The system has taken all it takes when nothing more was written in many turns.
  for (let before = -1, turns = 0; turns < 2000; turns++) {
    if (written !== before) turns = 0
    before = written
    await systemClock.yield()
  }
  assert.equal(probe.values.length, 1)
  assert.ok(written < total / 2, `${written} bytes were taken`)
  probe.release()
  socket.end()
  await probe.until(total / line.length)
  await probe.stop()
})

test('a stop in the middle closes the connections', async t => {
  const { probe, client } = await listening(t)
  const socket = await client()
  socket.write('one\ntwo\nthree\n')
  probe.hold()
  await probe.until(1)
  const closed = once(socket, 'close')
  assert.deepEqual(await probe.stop(), ['one'])
  socket.resume()
  await closed
})

test('a port in use is an error that names it', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await assert.rejects(new SourceProbe(tcpServer(port)).done, {
    code: 'PORT_IN_USE',
    retryable: true,
    message: new RegExp(`^tcp 127.0.0.1:${port}: port ${port} of 127.0.0.1 is in use; .*another port`),
  })
})

test('an address of another machine is an error that says what to write', async () => {
  await assert.rejects(new SourceProbe(tcpServer(0, { host: '192.0.2.1' })).done, {
    code: 'SOURCE_FAILED',
    message: /192\.0\.2\.1 is no address of this machine; .*0\.0\.0\.0/,
  })
})

test('more connections than allowed are closed at once', async t => {
  const { probe, client } = await listening(t, { maxConnections: 1 })
  const first = await client()
  const second = await client()
  second.resume()
  await once(second, 'close')
  first.write('here\n')
  await probe.until(1)
  await probe.stop()
})

test('options that cannot be are refused before anything runs', () => {
  assert.throws(() => tcpServer(70_000), { code: 'OPTION_INVALID', message: /port is 70000; expected 0/ })
  assert.throws(() => tcpServer(0, { delimiter: '' }), { code: 'OPTION_INVALID', message: /delimiter is ""/ })
  assert.throws(() => tcpServer(0, { maxLineBytes: -1 }), { code: 'OPTION_INVALID' })
})
