/** Sources and sinks at the ends of live streams. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { Stream } from 'sluice'
import { tail, textFile } from '../../src/connectors/files/index.ts'
import { httpServer, type ListenAddress } from '../../src/connectors/http/index.ts'
import { queue } from '../../src/connectors/memory/index.ts'
import { command } from '../../src/connectors/process/index.ts'
import { tcpServer } from '../../src/connectors/tcp/index.ts'
import { temporaryFolder } from '../broker/temporary-folder.ts'

test('lines of one file go through a stream into another', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'in'), 'one\ntwo\nthree')
  await using stream = Stream.from(tail(join(folder, 'in'), { atEnd: 'stop' }))
  stream.map(line => line.toUpperCase()).to(textFile(join(folder, 'out')))
  await stream.run()
  assert.equal(readFileSync(join(folder, 'out'), 'utf8'), 'ONE\nTWO\nTHREE\n')
})

test('a slow step holds back a child process, and nothing is lost', async () => {
  await using lines = Stream.from(
    command(process.execPath, ['-e', "for (let i = 0; i < 5000; i++) console.log('line ' + i)"]),
  )
  const seen = lines.mapAsync(async line => line).toArray()
  await lines.run()
  assert.deepEqual(
    seen,
    Array.from({ length: 5000 }, (_, index) => `line ${index}`),
  )
})

test('words are counted over TCP', async () => {
  const address = Promise.withResolvers<ListenAddress>()
  await using lines = Stream.from(tcpServer(0, { listening: address.resolve }))
  const done = Promise.withResolvers<void>()
  const counts = new Map<string, number>()
  lines
    .flatMap(line => line.split(' '))
    .sink(word => {
      counts.set(word, (counts.get(word) ?? 0) + 1)
      if (word === 'end') done.resolve()
    })
  const running = lines.run()
  const { port } = await address.promise
  connect(port, '127.0.0.1').end('a b a\nb a\nend')
  await done.promise
  await lines.stop()
  await running
  assert.deepEqual(
    [...counts],
    [
      ['a', 3],
      ['b', 2],
      ['end', 1],
    ],
  )
})

test('a step that fails for one request is its answer, and the next is fine', async () => {
  const address = Promise.withResolvers<ListenAddress>()
  await using bodies = Stream.from(httpServer(0, { as: 'text', listening: address.resolve }))
  const seen = bodies
    .map(body => {
      if (body === 'bad') throw new Error('no such sensor')
      return body
    })
    .toArray()
  const running = bodies.run()
  const { port } = await address.promise
  const statuses: number[] = []
  for (const body of ['one', 'bad', 'two']) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
    statuses.push(response.status)
    await response.text()
  }
  await bodies.stop()
  await running
  assert.deepEqual(
    [statuses, seen],
    [
      [200, 500, 200],
      ['one', 'two'],
    ],
  )
})

test('a queue feeds a stream and waits for its slow step', async () => {
  const q = queue<number>({ capacity: 2 })
  await using numbers = Stream.from(q)
  const seen = numbers.mapAsync(async n => n * 2).toArray()
  const running = numbers.run()
  for (let n = 0; n < 100; n++) await q.put(n)
  q.end()
  await running
  assert.deepEqual(
    seen,
    Array.from({ length: 100 }, (_, n) => n * 2),
  )
})
