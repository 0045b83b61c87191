/** The `topic` commands. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BatchBuilder } from '../../src/broker/index.ts'
import { jsonLines, MAIN, Place, program } from './command.ts'

test('looking at a broker that is not there makes none', async t => {
  const place = new Place(t)
  const list = await place.run(['topic', 'list'])
  assert.equal(list.code, 0)
  assert.match(list.stderr, /has not been made yet/)
  const read = await place.run(['topic', 'read', 'readings'])
  assert.equal(read.code, 1)
  assert.match(read.stderr, /there is no broker file:\.\/\.sluice yet/)
  const write = await place.run(['topic', 'write', 'readings'], '{}')
  assert.equal(write.code, 1)
  assert.match(write.stderr, /sluice topic create readings --partitions N/)
  assert.equal(existsSync(join(place.folder, '.sluice')), false)
})

test('a topic is made once, and described', async t => {
  const place = new Place(t)
  const made = await place.run(['topic', 'create', 'readings', '--partitions', '3'])
  assert.equal(made.code, 0)
  const again = await place.run(['topic', 'create', 'readings', '--partitions', '3'])
  assert.equal(again.code, 0)
  assert.match(again.stderr, /is there already/)
  const other = await place.run(['topic', 'create', 'readings', '--partitions', '4'])
  assert.equal(other.code, 1)
  const described = await place.run(['topic', 'describe', 'readings', '--json'])
  const partitions = [0, 1, 2].map(partition => ({ partition, start: 0, end: 0, bytes: 0, records: 0 }))
  assert.deepEqual(jsonLines(described.stdout), [{ name: 'readings', kind: 'user', apps: [], partitions }])
  const missing = await place.run(['topic', 'describe', 'raedings'])
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /topic "raedings" does not exist/)
})

test('--broker beats SLUICE_BROKER, which beats the file .sluice', async t => {
  const place = new Place(t)
  const env = { SLUICE_BROKER: 'file:./from-environment' }
  await place.run(['topic', 'create', 'a', '--partitions', '1'], '', env)
  await place.run(['topic', 'create', 'b', '--partitions', '1', '--broker', 'file:option'], '', env)
  const made = ['.sluice', 'from-environment', 'option'].filter(name => existsSync(join(place.folder, name)))
  assert.deepEqual(made, ['from-environment', 'option'])
})

test('lines are written by key as Kafka would, keep their own text, and are read back', async t => {
  const place = new Place(t)
  await place.topic('readings', 4)
  const lines = [
    '{"sensor":"s1", "n":1.0}',
    '',
    '  {"sensor":"s2","n":12345678901234567890}\r',
    '{"sensor":7}',
  ]
  const written = await place.run(
    ['topic', 'write', 'readings', '--key', 'sensor'],
    `\ufeff${lines.join('\n')}`,
  )
  assert.equal(written.code, 0, written.stderr)
  assert.match(written.stderr, /3 records written to topic "readings"/)
  const values = await place.run(['topic', 'read', 'readings', '--values'])
  assert.deepEqual(values.stdout.trim().split('\n').sort(), [
    '{"sensor":"s1","n":1.0}',
    '{"sensor":"s2","n":12345678901234567890}',
    '{"sensor":7}',
  ])
  const records = jsonLines((await place.run(['topic', 'read', 'readings'])).stdout)
  const keys = records.map(record => (record as { key: string }).key).sort()
  assert.deepEqual(keys, ['7', 's1', 's2'])
})

test('without a key the partitions take turns, also from one call to the next', async t => {
  const place = new Place(t)
  await place.topic('readings', 3)
  await place.run(['topic', 'write', 'readings', place.file('four.jsonl', '1', '2', '3', '4')])
  await place.run(['topic', 'write', 'readings', '-'], '5')
  const { stdout } = await place.run(['topic', 'read', 'readings', '--values'])
  assert.deepEqual(jsonLines(stdout), [1, 4, 2, 5, 3])
})

test('a bad line ends the writing, and what stands before it is written', async t => {
  const place = new Place(t)
  await place.topic('readings', 1)
  const bad = await place.run(['topic', 'write', 'readings'], '{"a":1}\n{"a":2}\n{"a":\n{"a":4}\n')
  assert.equal(bad.code, 1)
  assert.match(bad.stderr, /line 3 is not JSON .*; the 2 records before it are written/)
  const keyless = await place.run(['topic', 'write', 'readings', '--key', 'b'], '{"a":1}\n')
  assert.equal(keyless.code, 1)
  assert.match(keyless.stderr, /line 1 has no field "b" for --key; .*; nothing was written/)
  const { stdout } = await place.run(['topic', 'read', 'readings', '--values'])
  assert.deepEqual(jsonLines(stdout), [{ a: 1 }, { a: 2 }])
})

test('with --text lines are records as they are', async t => {
  const place = new Place(t)
  await place.topic('rows', 1)
  const lines = '\uFEFFattic,21.5\r\n\n "a ""b""", 3 \n{broken'
  const { code, stderr } = await place.run(['topic', 'write', 'rows', '--text'], lines)
  assert.equal(code, 0, stderr)
  const { stdout } = await place.run(['topic', 'read', 'rows', '--values'])
  assert.deepEqual(jsonLines(stdout), ['attic,21.5', ' "a ""b""", 3 ', '{broken'])
  const keyed = await place.run(['topic', 'write', 'rows', '--text', '--key', 'a'], lines)
  assert.equal(keyed.code, 2)
  assert.match(keyed.stderr, /--key names a field of JSON values, and --text takes lines as they are/)
})

test('what a slow producer writes is seen at once', async t => {
  const place = new Place(t)
  await place.topic('readings', 1)
  const reader = place.start(['topic', 'read', 'readings', '--follow', '--values'])
  const writer = place.start(['topic', 'write', 'readings'])
  writer.child.stdin?.write('{"first":1}\n{"half":')
  await reader.says('{"first":1}')
  writer.child.stdin?.end('2}\n')
  await reader.says('{"half":2}')
  assert.equal((await writer.ended).code, 0)
  reader.child.kill('SIGTERM')
  assert.equal((await reader.ended).code, 143)
})

test('records are printed as they are: text, bytes, tombstones, headers', async t => {
  const place = new Place(t)
  await place.topic('odd', 1)
  await place.broker(async broker => {
    const batch = new BatchBuilder()
    const bytes = Uint8Array.of(0xff, 0x00)
    batch.append(Buffer.from('12'), Buffer.from('no json'), 1, [
      ['a', Buffer.from('1')],
      ['b', Buffer.from('2')],
      ['a', null],
    ])
    batch.append(bytes, bytes, 2, [['raw', bytes]])
    batch.append(null, null, 3)
    await broker.produce([{ topic: 'odd', partition: 0, batch: batch.build()! }])
  })
  const { stdout } = await place.run(['topic', 'read', 'odd'])
  const raw = { base64: '/wA=' }
  const place0 = { topic: 'odd', partition: 0 }
  assert.deepEqual(jsonLines(stdout), [
    { ...place0, offset: 0, timestamp: 1, key: '12', value: 'no json', headers: { a: ['1', null], b: '2' } },
    { ...place0, offset: 1, timestamp: 2, key: raw, value: raw, headers: { raw } },
    { ...place0, offset: 2, timestamp: 3, key: null, value: null, headers: {} },
  ])
})

test('--from begins at an offset, a time, or the end', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, ['a', 'b', 'c'])
  const from = async (position: string): Promise<readonly unknown[]> =>
    jsonLines((await place.run(['topic', 'read', 'readings', '--values', '--from', position])).stdout)
  assert.deepEqual(await from('1'), ['b', 'c'])
  assert.deepEqual(await from('99'), [])
  assert.deepEqual(await from('latest'), [])
  assert.deepEqual(await from('1970-01-01T00:00:01.002Z'), ['c'])
  assert.deepEqual(await from('1970-01-01'), ['a', 'b', 'c'])
  const wrong = await place.run(['topic', 'read', 'readings', '--partition', '1'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /has partitions 0 to 0/)
})

test('a reader that has seen enough ends the reading without a word', async t => {
  const place = new Place(t)
  await place.topic(
    'readings',
    1,
    Array.from({ length: 20_000 }, (_, index) => `record ${index}`),
  )
  const running = place.start(['topic', 'read', 'readings'])
  running.child.stdout?.once('data', () => running.child.stdout?.destroy())
  const { code, stderr } = await running.ended
  assert.equal(stderr, '')
  assert.equal(code, 0)
})

const FULL = '/dev/full'

test('an output that is full is a failure', { skip: !existsSync(FULL) && `there is no ${FULL}` }, async t => {
  const place = new Place(t)
  await place.topic('readings', 1, [1, 2, 3])
  for (const words of [
    ['topic', 'read', 'readings'],
    ['topic', 'list'],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, ['-C', 'sluice-source', MAIN, ...words], {
      cwd: place.folder,
      stdio: ['ignore', openSync(FULL, 'w'), 'pipe'],
      encoding: 'utf8',
    })
    assert.match(stderr, /^error: not everything could be written to standard output: ENOSPC/)
    assert.equal(status, 1)
  }
})

test('the internal topics of an app are listed on request, and decoded', async t => {
  const place = new Place(t)
  const readings = [1000, 2000, 9000].map(time => ({ sensor: 's', time, value: 1 }))
  await place.topic('readings', 1, readings)
  assert.equal((await place.run(['run', program('sums'), '--until-caught-up'])).code, 0)
  const shown = jsonLines((await place.run(['topic', 'list', '--json'])).stdout)
  assert.deepEqual(shown.map(nameOf), ['readings', 'sums'])
  const all = jsonLines((await place.run(['topic', 'list', '--json', '--all'])).stdout).map(nameOf)
  assert.ok(all.includes('sums.readings.sum.changelog'), all.join())
  const { stdout } = await place.run(['topic', 'read', 'sums.readings.sum.changelog'])
  const [record] = jsonLines(stdout)
  assert.ok(Array.isArray((record as { readonly key: unknown }).key), stdout)
  const refused = await place.run(['topic', 'write', 'sums.readings.sum.changelog'], '1')
  assert.equal(refused.code, 2)
})

function nameOf(row: unknown): string {
  return (row as { readonly name: string }).name
}
