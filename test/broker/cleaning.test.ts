/** Retention and compaction on a file: among several processes, under kills, and for files of before. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { BatchCursor, type Broker, openBroker } from '../../src/broker/index.ts'
import { advance, append, batchOf, makeTopic, readAll } from '../../src/testing/broker-conformance/fixture.ts'
import { startChild } from './child.ts'
import { COMPACTED_KEYS } from './compacted-keys.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('of a process that is killed while it compacts, the log is whole, and no last record is lost', async t => {
  const { broker, url } = await compactedTopic(t)
  for (let round = 0; round < 5; round++) {
    const writer = startChild(t, 'writeCompacted', url)
    for (let message = 0; message < 150 + round * 23; message++) await writer.next()
    await writer.kill()
    checkCompacted(broker)
  }
  const [bounds] = await broker.partitions('readings')
  const left = readAll(broker, 'readings').length
  assert.equal(left < (bounds?.end ?? 0) / 2, true, `${left} of ${bounds?.end} are left`)
})

test('several processes compact one topic at once, and a reader beside them misses no last record', async t => {
  const { broker, url } = await compactedTopic(t)
  const writers = [0, 1].map(() => startChild(t, 'writeCompacted', url, '400'))
  const reader = broker.reader('readings', 0, 0)
  const cursor = new BatchCursor()
  const latest = new Map<string, number>()
  let previous = -1
  let ended = false
  const exits = Promise.all(writers.map(writer => writer.exited)).then(() => {
    ended = true
  })
  const { signal } = new AbortController()
  while (!ended || reader.position < reader.end()) {
    if (reader.position === reader.end()) await Promise.race([broker.news(signal), exits])
    for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
      cursor.load(batch)
      while (cursor.next()) {
        assert.equal(cursor.offset > previous, true, `${cursor.offset} came after ${previous}`)
        previous = cursor.offset
        latest.set(String(cursor.key()), cursor.offset)
      }
    }
  }
  checkCompacted(broker)
  const last = new Map(readAll(broker, 'readings').map(({ key, offset }) => [key, offset]))
  assert.deepEqual(latest, last)
})

test('a file does not grow with what retention has removed', async t => {
  const path = `${temporaryFolder()}/broker`
  const broker = await openBroker(`file:${path}`)
  t.after(() => broker.close())
  await broker.createTopic({ name: 'readings', partitions: 1, kind: 'user', retention: { bytes: 1e6 } })
  const batch = batchOf('x'.repeat(100_000))
  for (let written = 0; written < 600; written++) {
    await broker.produce([{ topic: 'readings', partition: 0, batch }])
    await new Promise(resolve => setImmediate(resolve))
  }
  const megabytes = statSync(path).size / 1e6
  assert.equal(megabytes < 25, true, `60 MB were written; the file has ${megabytes} MB`)
})

test('a batch that compaction meets damaged is left to its readers, and nobody else suffers', async t => {
  const { broker, url } = await compactedTopic(t)
  const filled = startChild(t, 'writeCompacted', url, '100')
  await filled.exited
  const path = url.slice('file:'.length)
  const database = new DatabaseSync(path)
  const [first] = database.prepare('SELECT base_offset FROM batches ORDER BY base_offset LIMIT 1').all()
  const offset = Number(first?.['base_offset'])
  database.prepare('UPDATE batches SET crc = crc + 1 WHERE base_offset = ?').run(offset)
  database.close()
  const writer = startChild(t, 'writeCompacted', url, '200')
  assert.equal(await writer.exited, 0)
  const reader = broker.reader('readings', 0, offset)
  assert.throws(() => reader.poll(), { code: 'BROKER_CORRUPT', message: /checksum/ })
})

test('a file of format 1 is brought up to date, and knows which topics its groups read', async t => {
  const path = `${temporaryFolder()}/broker`
  const before = await openBroker(`file:${path}`)
  await makeTopic(before, 'readings')
  await before.produce([append('readings', 0, 'a'), append('readings', 0, 'b')])
  const group = before.group('app')
  const [claimed] = await group.claim([
    { step: 'in', partition: 0, initial: 0 },
    { step: 'in.keyBy', partition: 0, initial: 0 },
  ])
  await group.commit({ inputs: [advance(claimed, 1, 'remember')], appends: [], purges: [] })
  await group.setFact('state', { in: 'source readings', 'in.keyBy': 'exchange', 'in.sum': 'sum' })
  await before.close()
  const database = new DatabaseSync(path)
  database.exec(`
    DROP INDEX positions_by_topic; ALTER TABLE positions DROP COLUMN topic; ALTER TABLE topics DROP COLUMN rules;
    ALTER TABLE partitions DROP COLUMN clean_offset; ALTER TABLE partitions DROP COLUMN clean_bytes;
    UPDATE meta SET value = 1 WHERE name = 'format'`)
  database.close()

  const [broker, other] = await Promise.all([openBroker(`file:${path}`), openBroker(`file:${path}`)])
  t.after(() => Promise.all([broker.close(), other.close()]))
  const positions = await broker.group('app').positions()
  assert.deepEqual(
    positions.map(({ step, next, topic }) => [step, next, topic]),
    [
      ['in', 1, 'readings'],
      ['in.keyBy', 0, undefined],
    ],
  )
  assert.equal(Buffer.from(positions[0]?.progress ?? []).toString(), 'remember')
  await broker.alterTopic('readings', { retention: { bytes: 1 } })
  assert.deepEqual(await other.topic('readings'), {
    name: 'readings',
    partitions: 1,
    kind: 'user',
    retention: { bytes: 1 },
  })
  assert.deepEqual(
    readAll(other, 'readings').map(({ value }) => value),
    ['a', 'b'],
  )
})

async function compactedTopic(t: TestContext): Promise<{ readonly broker: Broker; readonly url: string }> {
  const url = `file:${temporaryFolder()}/broker`
  const broker = await openBroker(url)
  t.after(() => broker.close())
  await broker.createTopic({ name: 'readings', partitions: 1, kind: 'user', compact: true })
  return { broker, url }
}

/** All batches follow one another, and each key has its last record: the newest of what was written. */
function checkCompacted(broker: Broker): void {
  const records = readAll(broker, 'readings')
  const last = new Map(records.map(({ key, value }) => [key, value]))
  const end = broker.reader('readings', 0, 0).end()
  assert.equal(records.at(-1)?.offset, end - 1)
  assert.equal(last.size, COMPACTED_KEYS)
  // each writer writes its keys in turn: so none may be further back than one round of each
  for (const [key, value] of last) {
    const kept = records.filter(record => record.key === key).at(-1)
    assert.equal(kept?.value, value)
    assert.equal(end - (kept?.offset ?? 0) <= 2 * COMPACTED_KEYS, true, `the last record of ${key} is lost`)
  }
}
