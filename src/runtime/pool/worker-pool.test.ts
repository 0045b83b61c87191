import assert from 'node:assert/strict'
import test from 'node:test'
import type { ModuleFunction } from '../../connect/index.ts'
import { ManualClock } from '../../time/index.ts'
import { moduleFunction } from './module-function.ts'
import type { FromPoolWorker, ToPoolWorker } from './pool-messages.ts'
import type { PoolWorkerListener, PoolWorkerOptions } from './pool-worker.ts'
import { WorkerPool, type WorkerPoolParts } from './worker-pool.ts'

const FN: ModuleFunction<[number], number> = moduleFunction<(value: number) => number>('node:nowhere', 'f')
const OTHER: ModuleFunction<[number], number> = moduleFunction<(value: number) => number>('node:nowhere', 'g')

/** A worker that does what the test says. */
class ScriptedWorker {
  readonly received: ToPoolWorker[] = []
  readonly life: string[] = []
  readonly #listener: PoolWorkerListener

  constructor(listener: PoolWorkerListener) {
    this.#listener = listener
  }

  send(message: ToPoolWorker): void {
    this.received.push(message)
  }

  copy(value: unknown): unknown {
    return value
  }

  hold(): void {
    this.life.push('held')
  }

  release(): void {
    this.life.push('released')
  }

  async leave(): Promise<void> {
    this.life.push('left')
  }

  async kill(): Promise<void> {
    this.life.push('killed')
    this.die('SIGKILL')
  }

  die(how: string): void {
    this.#listener.exited(how)
  }

  /** Answers its last call. */
  answer(value: unknown): void {
    this.say({ kind: 'result', call: this.received.at(-1)?.call ?? -1, value })
  }

  say(message: FromPoolWorker): void {
    this.#listener.message(message)
  }

  get args(): readonly unknown[] {
    return this.received.map(({ args }) => args[0])
  }
}

function openScripted(parts: Partial<WorkerPoolParts> = {}) {
  const workers: ScriptedWorker[] = []
  const clock = new ManualClock()
  const pool = new WorkerPool({
    workers: 2,
    capacity: 4,
    attempts: 3,
    timeoutMs: undefined,
    maxHeapMb: undefined,
    stepsBack: false,
    clock,
    onDeath: undefined,
    start: ({ listener }: PoolWorkerOptions) => {
      const worker = new ScriptedWorker(listener)
      workers.push(worker)
      return worker
    },
    ...parts,
  })
  const worker = (index: number): ScriptedWorker => {
    const found = workers[index]
    assert.ok(found)
    return found
  }
  return { pool, workers, worker, clock }
}

test('a worker starts with a call that no idle one can take, and not before', async () => {
  const { pool, workers, worker } = openScripted()
  assert.equal(workers.length, 0)
  const first = pool.run(FN, [1])
  worker(0).answer(10)
  assert.equal(await first, 10)
  const more = [pool.run(FN, [2]), pool.run(FN, [3]), pool.run(FN, [4])]
  assert.equal(workers.length, 2)
  assert.deepEqual([worker(0).args, worker(1).args], [[1, 2], [3]])
  worker(1).answer(30)
  worker(1).answer(40)
  worker(0).answer(20)
  assert.deepEqual(await Promise.all(more), [20, 30, 40])
})

test('a worker is told of a function once', async () => {
  const { pool, worker } = openScripted({ workers: 1 })
  for (const fn of [FN, OTHER, FN, OTHER]) {
    const call = pool.run(fn, [1])
    worker(0).answer(1)
    await call
  }
  assert.deepEqual(
    worker(0).received.map(({ fn, load }) => [fn, load?.name]),
    [
      [0, 'f'],
      [1, 'g'],
      [0, undefined],
      [1, undefined],
    ],
  )
})

test('the process is kept alive while a worker has a call, not from one call to the next', async () => {
  const { pool, worker } = openScripted({ workers: 1 })
  const calls = [pool.run(FN, [1]), pool.run(FN, [2])]
  worker(0).answer(1)
  assert.deepEqual(worker(0).life, ['held'])
  worker(0).answer(2)
  assert.deepEqual(worker(0).life, ['held', 'released'])
  await Promise.all(calls)
})

test('a call whose worker dies goes before those that wait, to a new one that must load its function', async () => {
  const { pool, worker } = openScripted({ workers: 1 })
  const calls = [pool.run(FN, [1]), pool.run(FN, [2])]
  worker(0).die('SIGKILL')
  worker(1).answer(10)
  worker(1).answer(20)
  assert.deepEqual(await Promise.all(calls), [10, 20])
  assert.deepEqual(
    worker(1).received.map(({ args, load }) => [args[0], load?.name]),
    [
      [1, 'f'],
      [2, undefined],
    ],
  )
})

test('what a dead worker still says counts no more', async () => {
  const { pool, worker } = openScripted({ workers: 1 })
  const call = pool.run(FN, [1])
  worker(0).die('SIGKILL')
  worker(0).answer(13)
  worker(1).answer(10)
  assert.equal(await call, 10)
})

test('deaths are told with what was running', async () => {
  const told: unknown[] = []
  const { pool, worker } = openScripted({ attempts: 2, onDeath: death => told.push(death) })
  const call = pool.run(FN, [1])
  worker(0).die('SIGKILL')
  worker(1).die('exit code 1')
  await assert.rejects(call, { code: 'WORKER_DIED' })
  const idle = pool.run(FN, [2])
  worker(2).answer(20)
  await idle
  worker(2).die('SIGTERM')
  const running = 'f of node:nowhere'
  assert.deepEqual(told, [
    { worker: 0, how: 'SIGKILL', running, runsAgain: true },
    { worker: 0, how: 'exit code 1', running, runsAgain: false },
    { worker: 0, how: 'SIGTERM', running: undefined, runsAgain: false },
  ])
})

test('the timeout begins once the function is loaded; loading has half a minute more', async () => {
  const { pool, worker, clock } = openScripted({ timeoutMs: 1000 })
  const call = pool.run(FN, [1])
  clock.advance(30_999)
  worker(0).say({ kind: 'loaded', call: 1 })
  clock.advance(999)
  worker(0).answer(10)
  assert.equal(await call, 10)
  const next = pool.run(FN, [2])
  const rejected = assert.rejects(next, { code: 'STEP_FAILED', message: /had not returned after 1s/ })
  clock.advance(1000)
  await rejected
  assert.equal(worker(0).life.at(-1), 'killed')
})

test('a module that never finishes loading is ended as well', async () => {
  const { pool, clock } = openScripted({ timeoutMs: 1000 })
  const rejected = assert.rejects(pool.run(FN, [1]), { message: /had not even begun after 31s/ })
  clock.advance(31_000)
  await rejected
})

test('an ended worker is no death of the call that it takes next', async () => {
  const { pool, worker, clock } = openScripted({ workers: 1, attempts: 1, timeoutMs: 1000 })
  const late = assert.rejects(pool.run(FN, [1]), { code: 'STEP_FAILED' })
  const next = pool.run(FN, [2])
  clock.advance(31_000)
  await late
  worker(1).answer(20)
  assert.equal(await next, 20)
})

test('where no worker can be started, calls say so', async () => {
  const { pool } = openScripted({
    start: () => {
      throw new Error('no more threads')
    },
  })
  await assert.rejects(pool.run(FN, [1]), {
    code: 'WORKER_DIED',
    message: 'no worker could be started: no more threads',
  })
  assert.equal(pool.pending, 0)
})

test('closing lets idle workers leave, and ends those that have a call', async () => {
  const { pool, worker } = openScripted()
  const [first, second] = [pool.run(FN, [1]), pool.run(FN, [2])]
  worker(0).answer(10)
  const rejected = assert.rejects(second, { code: 'OPTION_INVALID' })
  await pool.close()
  await Promise.all([first, rejected])
  assert.deepEqual([worker(0).life.at(-1), worker(1).life.at(-1)], ['left', 'killed'])
})
