/** What happens when an app is taken over while parts of its last run are still there. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { makePlan } from '../../src/engine/index.ts'
import { prepareRun, runProgram, Worker } from '../../src/runtime/index.ts'
import { identifyProcess } from '../../src/runtime/process-identity.ts'
import { seededRandom } from '../../src/testing/choices.ts'
import { systemClock } from '../../src/time/index.ts'
import { CrashRig } from './harness.ts'
import program from './program.ts'

test('workers that a killed supervisor left stopped are killed by the next run', async t => {
  const rig = await CrashRig.open(t, 3, seededRandom(1))
  await rig.feed(500)
  const first = rig.run({ workers: 2 })
  const holder = await rig.holder(2)
  await rig.processedMoreThan(0)
  await rig.feed(500)
  for (const worker of holder.workers) process.kill(worker, 'SIGSTOP')
  first.child.kill('SIGKILL')
  await first.ended
  await drain(rig, 1)
  for (const worker of holder.workers) assert.equal(identifyProcess(worker), undefined)
  await assertRight(rig)
})

test('a stopped worker that comes back after a take-over writes nothing more', async t => {
  const rig = await CrashRig.open(t, 3, seededRandom(2))
  await rig.feed(500)
  const first = rig.run({ workers: 2 })
  const holder = await rig.holder(2)
  await rig.processedMoreThan(0)
  const [stopped] = holder.workers
  assert.ok(stopped !== undefined)
  await rig.feed(500)
  await rig.stopOutsideTransaction(stopped)
  first.child.kill('SIGKILL')
  await first.ended
  // Nobody knows of it any more, so nobody can kill it: only its epochs stand in its way.
  await rig.broker.group('crash').setFact('holder', { pid: holder.pid, workers: [] })
  const second = rig.run({ workers: 3 })
  await rig.holder(3)
  process.kill(stopped, 'SIGCONT')
  await rig.feed(500)
  await rig.processedMoreThan(1500)
  second.child.kill('SIGKILL')
  await second.ended
  await drain(rig, 2)
  await assertRight(rig)
})

test('one worker finishes what two left in a full repartition topic', async t => {
  const rig = await CrashRig.open(t, 3, seededRandom(3))
  await rig.feed(3000)
  const { broker } = rig
  const group = broker.group('crash')
  const graph = program.graph()
  const options = { mode: 'continuous', shards: undefined, dropState: [] } as const
  const facts = await prepareRun(broker, group, graph, options)
  const stop = new AbortController()
  const worker = new Worker({
    broker,
    group,
    graph,
    facts,
    worker: 0,
    workers: 2,
    clock: systemClock,
    publish: () => {},
    commitIntervalMs: 5,
  })
  const running = worker.run(stop.signal)
  const exchanges = makePlan(graph, {
    shards: facts.shards,
    partitions: new Map(Object.entries(facts.partitions)),
  }).exchanges
  assert.equal(exchanges.length, 3)
  await rig.processedMoreThan(1900)
  stop.abort()
  await running
  const left = await broker.partitions('crash.readings.keyBy.repartition')
  assert.ok(
    left.some(partition => partition.end > partition.start),
    'nothing was left to finish',
  )
  await runProgram(program, broker, { mode: 'untilCaughtUp' })
  const consumed = await broker.partitions('crash.readings.keyBy.repartition')
  assert.ok(consumed.every(partition => partition.end === partition.start))
  await drain(rig, 2)
  await assertRight(rig)
})

test('a worker that is killed is started again, and the drain ends with every result once', async t => {
  const rig = await CrashRig.open(t, 3, seededRandom(5))
  for (let i = 0; i < 20; i++) await rig.feed(1000)
  const run = rig.run({ workers: 3, more: ['--drain'] })
  for (let kill = 0; kill < 3; kill++) {
    const { workers } = await rig.holder(3)
    await rig.processedMoreThan(kill * 2000, run.ended)
    const worker = workers[kill]
    if (worker !== undefined && identifyProcess(worker) !== undefined) process.kill(worker, 'SIGKILL')
  }
  const { code, stderr } = await run.ended
  assert.equal(code, 0, stderr)
  assert.match(stderr, /worker \d.*died \(SIGKILL\); starts again/)
  await assertRight(rig)
})

test('a second run of the same app is refused by name, and may start at once after kill -9', async t => {
  const rig = await CrashRig.open(t, 3, seededRandom(4))
  await rig.feed(100)
  const first = rig.run({ workers: 2 })
  const { pid } = await rig.holder(2)
  const refused = await rig.run({ workers: 1 }).ended
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, new RegExp(`running already.*by process ${pid}`))
  first.child.kill('SIGKILL')
  await first.ended
  await drain(rig, 1)
  await assertRight(rig)
})

async function drain(rig: CrashRig, workers: number): Promise<void> {
  const { code, stderr } = await rig.run({ workers, more: ['--drain'] }).ended
  assert.equal(code, 0, stderr)
}

async function assertRight(rig: CrashRig): Promise<void> {
  const { actual, wanted } = await rig.compare()
  assert.deepEqual(actual, wanted)
}
