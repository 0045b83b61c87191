/** Sources and sinks in a page: in memory, and over WebSocket from and to a server in Node. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { WebSocketServer } from 'ws'
import { type ListenAddress, webSocketServer } from '../../src/connectors/websocket/index.ts'
import { SourceProbe } from '../../src/testing/index.ts'
import { servicePath } from '../service-path.ts'
import { TestBrowser } from './browser.ts'
import { type Bundle, bundleForBrowser } from './bundle.ts'

/** A host of a source, for a page. */
const HOST = `
  const clock = {
    now: () => Date.now(), monotonic: () => performance.now(),
    yield: () => new Promise(resolve => setTimeout(resolve)),
    sleep: (ms, signal) => new Promise(resolve => {
      setTimeout(resolve, ms)
      signal?.addEventListener('abort', resolve)
    }),
  }
  const seen = []
  const host = { clock, signal: new AbortController().signal, emit: value => { seen.push(value) } }
`

let browser: TestBrowser
let memory: Bundle
let websocket: Bundle

before(async () => {
  ;[browser, memory, websocket] = await Promise.all([
    TestBrowser.start(servicePath('chromium')),
    bundleForBrowser('src/connectors/memory/index.ts'),
    bundleForBrowser('src/connectors/websocket/index.ts'),
  ])
})
after(() => browser.close())

test('a page iterates, and fills a queue', async () => {
  const shown = await browser.show(
    `<script type="module">
      import { fromIterable, queue } from './memory.js'
      ${HOST}
      await fromIterable([1, 2]).run(host)
      const q = queue({ capacity: 1 })
      const filled = q.put(3).then(() => q.put(4)).then(() => q.end())
      await q.run(host)
      await filled
      document.body.setAttribute('data-seen', seen.join())
    </script>`,
    { 'memory.js': memory.code },
  )
  await shown.page.locator('body[data-seen="1,2,3,4"]').waitFor({ state: 'attached' })
  assert.deepEqual(shown.problems, [])
  await shown.page.close()
})

test('a page gets messages of a server, and sends what it makes of them to another', async t => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  server.on('connection', client => {
    client.send('one')
    client.send(Buffer.from('zwei é'))
    client.close(1000)
  })
  await new Promise(resolve => server.once('listening', resolve))
  const from = server.address()
  const fromPort = typeof from === 'object' && from !== null ? from.port : 0
  const to = Promise.withResolvers<ListenAddress>()
  const probe = new SourceProbe(webSocketServer(0, { listening: to.resolve }))
  t.after(() => probe.stop())
  const { port: toPort } = await to.promise

  const shown = await browser.show(
    `<script type="module">
      import { toWebSocket, webSocket } from './websocket.js'
      ${HOST}
      await webSocket('ws://127.0.0.1:${fromPort}').run(host)
      const sink = toWebSocket('ws://127.0.0.1:${toPort}').open({})
      for (const text of seen) sink.write(text.toUpperCase())
      await sink.prepare(1)
      await sink.close()
      document.body.setAttribute('data-done', 'yes')
    </script>`,
    { 'websocket.js': websocket.code },
  )
  await shown.page.locator('body[data-done=yes]').waitFor({ state: 'attached' })
  await probe.until(2)
  assert.deepEqual(shown.problems, [])
  assert.deepEqual(probe.values, ['ONE', 'ZWEI É'])
  await shown.page.close()
})
