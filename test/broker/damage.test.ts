/** Broker files that are damaged, foreign, or cannot be opened: what is found, and what is said. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { type Broker, openBroker, SqliteBroker } from '../../src/broker/index.ts'
import { append, makeTopic, valuesOf } from '../../src/testing/broker-conformance/fixture.ts'
import { startChild } from './child.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('a flipped byte in a batch is found, and its neighbours are still read', async t => {
  const path = await closedBroker(['first', 'second is damaged', 'third'])
  const bytes = readFileSync(path)
  const at = bytes.indexOf('second is damaged')
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
  const broker = await reopened(t, path)
  const reader = broker.reader('readings', 0, 0)
  assert.equal(reader.poll()?.baseOffset, 0)
  const corrupt = { code: 'BROKER_CORRUPT', message: /offset 1 of topic "readings", partition 0/ }
  assert.throws(() => reader.poll(), corrupt)
  assert.throws(() => reader.poll(), corrupt)
  reader.seek(2)
  assert.equal(reader.poll()?.baseOffset, 2)
})

test('a write-ahead log that is cut anywhere loses only its end', async t => {
  const folder = temporaryFolder()
  const writer = startChild(t, 'commitPairs', await withTopic(`file:${folder}/broker`))
  for (let message = 0; message < 20; message++) await writer.next()
  await writer.kill()
  const log = readFileSync(`${folder}/broker-wal`)
  let longest = 0
  for (const share of [0, 0.1, 0.333, 0.5, 0.75, 0.9, 0.999, 1]) {
    const path = `${folder}/cut-${share}`
    copyFileSync(`${folder}/broker`, path)
    writeFileSync(`${path}-wal`, log.subarray(0, Math.floor(log.length * share)))
    const broker = await reopened(t, path)
    const values = valuesOf(broker, 'readings', 0)
    const [position] = await broker.group('app').positions()
    assert.deepEqual(
      values,
      Array.from({ length: position?.next ?? 0 }, (_, index) => `${index}`),
    )
    assert.deepEqual(valuesOf(broker, 'readings', 1), values)
    assert.equal(values.length >= longest, true)
    longest = values.length
    assert.deepEqual(await broker.produce([append('readings', 0, 'goes on')]), [values.length])
  }
  assert.equal(longest >= 20, true)
})

test('a file of a newer format is refused with both versions and the remedy', async () => {
  const path = await closedBroker(['x'])
  const database = new DatabaseSync(path)
  database.exec("UPDATE meta SET value = 99 WHERE name = 'format'")
  database.close()
  await assert.rejects(openBroker(`file:${path}`), {
    code: 'BROKER_FORMAT',
    message: /format 99.*reads format 2.*upgrade/,
  })
})

test('an SQLite database of another program is refused and left as it is', async () => {
  const path = `${temporaryFolder()}/other.db`
  const database = new DatabaseSync(path)
  database.exec('CREATE TABLE customers (name TEXT)')
  database.close()
  const before = readFileSync(path)
  await assert.rejects(openBroker(`file:${path}`), { code: 'BROKER_FORMAT', message: /not a broker file/ })
  assert.deepEqual(readFileSync(path), before)
})

test('a file that is no database is refused and left as it is', async () => {
  const path = `${temporaryFolder()}/notes.txt`
  writeFileSync(path, 'some notes\n'.repeat(1000))
  await assert.rejects(openBroker(`file:${path}`), {
    code: 'BROKER_CORRUPT',
    message: /damaged, or is no broker file/,
  })
  assert.equal(readFileSync(path, 'utf8'), 'some notes\n'.repeat(1000))
})

for (const [length, what] of [
  [50, 'header'],
  [30_000, 'pages'],
] as const) {
  test(`a file cut off in its ${what} is corrupt`, async () => {
    const path = await closedBroker(['x'.repeat(100_000)])
    truncateSync(path, length)
    await assert.rejects(openBroker(`file:${path}`), { code: 'BROKER_CORRUPT', message: /backup/ })
  })
}

test('a missing folder, or a folder in the place of the file, is named', async () => {
  const folder = temporaryFolder()
  mkdirSync(`${folder}/in`)
  const unavailable = (message: RegExp): object => ({ code: 'BROKER_UNAVAILABLE', message })
  await assert.rejects(
    openBroker(`file:${folder}/missing/broker`),
    unavailable(/missing does not exist; make it first/),
  )
  await assert.rejects(openBroker(`file:${folder}/in`), unavailable(/it is a folder/))
  assert.equal(existsSync(`${folder}/missing`), false)
})

test('a lock that somebody keeps too long makes the broker unavailable, not the commit lost', async t => {
  const path = `${temporaryFolder()}/broker`
  const broker = await SqliteBroker.open(`file:${path}`, { busyTimeoutMs: 30 })
  t.after(() => broker.close())
  await makeTopic(broker, 'readings')
  const other = new DatabaseSync(path)
  t.after(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  const refused = { code: 'BROKER_UNAVAILABLE', retryable: true, message: /another process keeps .* locked/ }
  await assert.rejects(broker.produce([append('readings', 0, 'x')]), refused)
  assert.deepEqual(valuesOf(broker, 'readings'), [])
  other.exec('ROLLBACK')
  assert.deepEqual(await broker.produce([append('readings', 0, 'x')]), [0])
})

test('a closed broker says so', async () => {
  const path = await closedBroker(['x'])
  const broker = await openBroker(`file:${path}`)
  const reader = broker.reader('readings', 0, 0)
  await broker.close()
  const closed = { code: 'INTERNAL', message: /after it had been closed/ }
  await assert.rejects(broker.topics(), closed)
  await assert.rejects(broker.produce([append('readings', 0, 'x')]), closed)
  await assert.rejects(broker.group('app').positions(), closed)
  await assert.rejects(broker.news(new AbortController().signal), closed)
  assert.throws(() => reader.poll(), closed)
})

/** A closed file with each value in a batch of its own. */
async function closedBroker(values: readonly string[]): Promise<string> {
  const path = `${temporaryFolder()}/broker`
  const broker = await openBroker(await withTopic(`file:${path}`))
  await broker.produce(values.map(value => append('readings', 0, value)))
  await broker.close()
  return path
}

async function withTopic(url: string): Promise<string> {
  const broker = await openBroker(url)
  await makeTopic(broker, 'readings', 2)
  await broker.close()
  return url
}

async function reopened(t: TestContext, path: string): Promise<Broker> {
  const broker = await openBroker(`file:${path}`)
  t.after(() => broker.close())
  return broker
}
