/** Two apps on one file, one reading what the other writes, beside a producer. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { App, json, openBroker, runProgram } from 'sluice'
import { BatchBuilder } from '../../src/broker/index.ts'

const PER_ROUND = 200
const ROUNDS = 20

test('two apps share a file: each commit of the first reaches the second once, in order', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-two-apps-'))
  const url = `file:${join(folder, 'broker')}`
  // Each of the three has its own connection, as processes of their own would have.
  const [producer, first, second] = await Promise.all([openBroker(url), openBroker(url), openBroker(url)])
  t.after(async () => {
    await Promise.all([producer.close(), first.close(), second.close()])
    rmSync(folder, { recursive: true })
  })
  await producer.createTopic({ name: 'numbers', partitions: 1, kind: 'user' })
  await producer.createTopic({ name: 'squares', partitions: 1, kind: 'user' })
  const number = json({ n: 'number' })
  const squaring = new App('squaring')
  squaring
    .stream(squaring.topic('numbers', { value: number }))
    .map(({ n }) => ({ n: n * n }))
    .to(squaring.topic('squares', { value: number }))
  const collecting = new App('collecting')
  const seen = collecting.stream(collecting.topic('squares', { value: number })).toArray()

  const stop = new AbortController()
  const running = [
    runProgram(squaring, first, { signal: stop.signal }),
    runProgram(collecting, second, { signal: stop.signal }),
  ]
  const builder = new BatchBuilder()
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < PER_ROUND; i++) {
      builder.append(null, Buffer.from(JSON.stringify({ n: round * PER_ROUND + i })), Date.now())
    }
    const batch = builder.build()
    if (batch !== undefined) await producer.produce([{ topic: 'numbers', partition: 0, batch }])
  }
  const never = new AbortController().signal
  while (seen.length < ROUNDS * PER_ROUND) await producer.news(never)
  stop.abort()
  await Promise.all(running)
  assert.deepEqual(
    seen.map(({ n }) => n),
    Array.from({ length: ROUNDS * PER_ROUND }, (_, n) => n * n),
  )
})
