/** Several processes on one broker file, and what their deaths leave behind. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { type Broker, openBroker } from '../../src/broker/index.ts'
import { append, makeTopic, readAll, valuesOf } from '../../src/testing/broker-conformance/fixture.ts'
import { startChild } from './child.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('what several processes produce at once is read once, whole and in their order', async t => {
  const { broker, url } = await brokerWithTopic(t)
  const producers = ['a', 'b', 'c'].map(who => startChild(t, 'produce', url, who))
  const readers = [0, 1].map(partition => broker.reader('readings', partition, 0))
  const { signal } = new AbortController()
  while (readers.some(reader => reader.position < 1800)) {
    await broker.news(signal)
    for (const reader of readers) while (reader.poll() !== undefined);
  }
  assert.deepEqual(await Promise.all(producers.map(producer => producer.exited)), [0, 0, 0])
  for (const partition of [0, 1]) {
    const values = valuesOf(broker, 'readings', partition)
    for (const who of ['a', 'b', 'c']) {
      const own = values.filter(value => value?.startsWith(`${who} `))
      assert.deepEqual(
        own,
        Array.from({ length: 600 }, (_, index) => `${who} ${index}`),
      )
    }
    assert.equal(values.length, 1800)
  }
})

test('a lease is free as soon as its holder is killed', async t => {
  const { broker, url } = await brokerWithTopic(t)
  for (let round = 0; round < 3; round++) {
    const holder = startChild(t, 'holdLease', url, 'app')
    await holder.next()
    await assert.rejects(broker.acquireLease('app'), { code: 'LEASE_HELD' })
    await holder.kill()
    await (await broker.acquireLease('app')).release()
  }
})

test('a holder that is merely stopped keeps its lease', { skip: process.platform === 'win32' }, async t => {
  const { broker, url } = await brokerWithTopic(t)
  const holder = startChild(t, 'holdLease', url, 'app')
  await holder.next()
  process.kill(holder.pid, 'SIGSTOP')
  await assert.rejects(broker.acquireLease('app'), { code: 'LEASE_HELD' })
  await broker.produce([append('readings', 0, 'others go on')])
  await holder.kill()
  await (await broker.acquireLease('app')).release()
})

test('of a worker that is killed while it commits, every commit is there whole or not at all', async t => {
  const { broker, url } = await brokerWithTopic(t)
  for (let round = 0; round < 4; round++) {
    const worker = startChild(t, 'commitPairs', url)
    let told = 0
    for (let message = 0; message < 20 + round * 7; message++) told = Number(await worker.next())
    await worker.kill()
    const [position] = await broker.group('app').positions()
    const values = valuesOf(broker, 'readings', 0)
    assert.deepEqual(
      values,
      Array.from({ length: position?.next ?? 0 }, (_, index) => `${index}`),
    )
    assert.deepEqual(valuesOf(broker, 'readings', 1), values)
    assert.equal(values.length > told, true, 'what was reported as committed is there')
  }
})

test('a process killed inside a transaction leaves nothing of it, and blocks nobody', async t => {
  const { broker, url } = await brokerWithTopic(t)
  await broker.produce([append('readings', 0, 'before')])
  const writer = startChild(t, 'stayInsideTransaction', url)
  await writer.next()
  assert.deepEqual(valuesOf(broker, 'readings'), ['before'])
  await writer.kill()
  assert.deepEqual(await broker.produce([append('readings', 0, 'after')]), [1])
  assert.deepEqual(valuesOf(broker, 'readings'), ['before', 'after'])
  assert.equal((await broker.topic('readings'))?.kind, 'user')
})

test('processes that make the same new file at the same moment all succeed', async t => {
  const folder = temporaryFolder()
  const openers = [1, 2, 3].map(() => startChild(t, 'openOnDemand'))
  await Promise.all(openers.map(opener => opener.next()))
  for (let round = 0; round < 20; round++) {
    const path = `${folder}/broker-${round}`
    for (const opener of openers) opener.send(path)
    await Promise.all(openers.map(opener => opener.next()))
    const broker = await openBroker(`file:${path}`)
    const pids = valuesOf(broker, 'readings')
      .map(Number)
      .sort((a, b) => a - b)
    assert.deepEqual(
      pids,
      openers.map(opener => opener.pid).sort((a, b) => a - b),
    )
    await broker.close()
  }
})

test('the checkpoint thread does not keep a process that has nothing else to do', async t => {
  const url = `file:${temporaryFolder()}/broker`
  const writer = startChild(t, 'writeAndLeave', url)
  await writer.next()
  const ended = performance.now()
  assert.equal(await writer.exited, 0)
  assert.equal(performance.now() - ended < 1000, true)
  const broker = await openBroker(url)
  t.after(() => broker.close())
  assert.equal(readAll(broker, 'readings').length, 100)
})

test('a full disk refuses the commit whole, and the same commit succeeds once there is room', {
  // Only Linux can take room away from a running process; there a missing prlimit fails the test.
  skip: process.platform !== 'linux',
}, async t => {
  const { broker, url } = await brokerWithTopic(t)
  const writer = startChild(t, 'fillDisk', url)
  execFileSync('prlimit', ['--pid', String(writer.pid), `--fsize=${4 << 20}:unlimited`])
  const [written, error] = (await writer.next()) as [number, unknown]
  assert.deepEqual(error, ['BROKER_FULL', true])
  assert.equal(readAll(broker, 'readings').length, written)
  execFileSync('prlimit', ['--pid', String(writer.pid), '--fsize=unlimited:unlimited'])
  writer.send('go on')
  assert.equal(await writer.exited, 0)
  assert.equal(readAll(broker, 'readings').at(-1)?.value, 'retried')
})

async function brokerWithTopic(t: TestContext): Promise<{ readonly broker: Broker; readonly url: string }> {
  const url = `file:${temporaryFolder()}/broker`
  const broker = await openBroker(url)
  t.after(() => broker.close())
  await makeTopic(broker, 'readings', 2)
  return { broker, url }
}

/** Whether this machine can limit the files of another process. */
