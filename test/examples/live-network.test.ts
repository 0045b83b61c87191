/** The examples of live streams that use the network, against servers and clients of the test. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { crawl } from '../../examples/live/crawler.ts'
import { wordCounts } from '../../examples/live/word-count.ts'
import type { ListenAddress } from '../../src/connectors/tcp/index.ts'

const SLACK_MS = 50

test('word-count.ts counts the words of several connections', async () => {
  const address = Promise.withResolvers<ListenAddress>()
  const counts = wordCounts(0, { listening: address.resolve })
  const done = Promise.withResolvers<void>()
  let newest: ReadonlyMap<string, number> = new Map()
  let words = 0
  counts.sink(map => {
    newest = map
    words++
    if (words === 9) done.resolve()
  })
  const running = counts.run()
  const { port } = await address.promise
  for (const text of ['to be or not', 'to be\nthat is\n', 'be']) connect(port, '127.0.0.1').end(text)
  await done.promise
  await counts.stop()
  await running
  assert.deepEqual(
    [...newest].sort(([one], [other]) => (one < other ? -1 : 1)),
    [
      ['be', 3],
      ['is', 1],
      ['not', 1],
      ['or', 1],
      ['that', 1],
      ['to', 2],
    ],
  )
})

test('crawler.ts visits each page of a site once, within its rate, and ends when nothing is left', async t => {
  const pages = 45
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const number = Number(path.slice(1))
    if (!Number.isInteger(number) || number >= pages) {
      response.writeHead(404).end()
      return
    }
    const links = [number * 2 + 1, number * 2 + 2, 0, number].map(to => `<a href="/${to}#top">x</a>`)
    response.end(`${links.join('')}<a href="https://elsewhere.example/">y</a>`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  const visited: string[] = []
  const skipped: string[] = []
  const started = performance.now()
  await crawl(`http://127.0.0.1:${port}/0`, page => visited.push(new URL(page.address).pathname), {
    onEvent: event => {
      if (event.type === 'error') skipped.push(event.message)
    },
  })
  const took = performance.now() - started
  assert.deepEqual(
    visited.map(path => Number(path.slice(1))).sort((a, b) => a - b),
    Array.from({ length: pages }, (_, number) => number),
  )
  // The last pages link to as many that are not there.
  assert.equal(skipped.length, pages + 1)
  assert.equal(asked.length, new Set(asked).size, 'each address once')
  const seconds = Math.floor((asked.length - 1) / 20)
  assert.ok(took >= seconds * 1000 - SLACK_MS, `${asked.length} pages in ${took} ms`)
})
