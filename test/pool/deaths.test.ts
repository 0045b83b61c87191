/** Workers that are killed, end themselves, or never answer: no call is lost. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPool, type WorkerDeath } from '../../src/index.ts'
import { folder, isAlive, testBoth, until, untilFiles, work } from './fixture.ts'

/** Characters that no pipe takes at once. */
const LARGE = 20_000_000

test('processes: what a worker was running when it was killed runs again on another', async t => {
  const place = folder(t)
  const deaths: WorkerDeath[] = []
  const pool = openPool({ kind: 'processes', workers: 2, onDeath: death => deaths.push(death) })
  t.after(() => pool.close())
  const call = pool.run(work('meet'), [place, 'first'])
  await untilFiles(join(place, 'first'))
  await until(() => readFileSync(join(place, 'first'), 'utf8') !== '')
  const victim = Number(readFileSync(join(place, 'first'), 'utf8'))
  rmSync(join(place, 'first'))
  process.kill(victim, 'SIGKILL')
  await untilFiles(join(place, 'first'))
  await pool.run(work('meet'), [place, 'go'])
  assert.notEqual(await call, `${victim}/0`)
  const [death] = deaths
  assert.match(death?.running ?? '', /^meet of .*work\.ts$/)
  assert.deepEqual(deaths, [{ worker: 0, how: 'SIGKILL', running: death?.running, runsAgain: true }])
})

test('processes: an idle worker that was killed is missed by nobody', async t => {
  const pool = openPool({ kind: 'processes', workers: 1 })
  t.after(() => pool.close())
  const pid = Number.parseInt(await pool.run(work('whoAmI'), []), 10)
  process.kill(pid, 'SIGKILL')
  assert.notEqual(Number.parseInt(await pool.run(work('whoAmI'), []), 10), pid)
})

test('processes: a worker that is killed while its call is on its way takes nothing with it', async t => {
  const pool = openPool({ kind: 'processes', workers: 1 })
  t.after(() => pool.close())
  const pid = Number.parseInt(await pool.run(work('whoAmI'), []), 10)
  const length = pool.run(work('lengthOf'), ['ä'.repeat(LARGE)])
  process.kill(pid, 'SIGKILL')
  assert.equal(await length, LARGE)
})

testBoth('a worker that dies while its answer is on its way takes nothing with it', async (t, open) => {
  const pool = open({ workers: 1 })
  const text = await pool.run(work('dieWhileAnswering'), [join(folder(t), 'died'), LARGE])
  assert.equal(text.length, LARGE)
})

testBoth('a function that ends its worker runs again', async (t, open) => {
  const file = join(folder(t), 'deaths')
  const pool = open({ workers: 1 })
  const [died, next] = [pool.run(work('dieAtFirst'), [file, 2]), pool.run(work('square'), [3])]
  assert.equal(await died, 'after 2 deaths')
  assert.equal(await next, 9)
})

testBoth('a function that ends its worker each time is given up, and says how often', async (_, open) => {
  const pool = open()
  const others = Array.from({ length: 20 }, (_, value) => pool.run(work('square'), [value]))
  await assert.rejects(pool.run(work('exit'), [7]), {
    code: 'WORKER_DIED',
    message:
      /^exit of .*work\.ts killed its worker 3 times with the same arguments \(the last time: exit code 7\)/,
  })
  assert.deepEqual(
    await Promise.all(others),
    others.map((_, value) => value * value),
  )
})

testBoth('what a worker has said just before it died counts', async (_, open) => {
  let deaths = 0
  const pool = open({ workers: 1, attempts: 1, onDeath: () => deaths++ })
  for (let round = 1; round <= 5; round++) {
    assert.equal(await pool.run(work('lastWords'), [`${round}`]), `${round}`)
    await until(() => deaths === round)
  }
})

testBoth('with one attempt, no call runs twice', async (t, open) => {
  const file = join(folder(t), 'deaths')
  const pool = open({ attempts: 1 })
  await assert.rejects(pool.run(work('dieAtFirst'), [file, 1]), { message: /killed its worker once/ })
  assert.equal(await pool.run(work('dieAtFirst'), [file, 1]), 'after 1 deaths')
})

testBoth('an error that nobody awaits takes its worker with it, and is named', async (_, open) => {
  const named = open({ kind: 'threads', attempts: 1 }).run(work('throwInCallback'), [])
  await assert.rejects(named, { code: 'WORKER_DIED', message: /the last time: nobody awaits this/ })
})

testBoth(
  'a function that needs more than the heap that it may have takes only its worker with it',
  async (_, open) => {
    const pool = open({ attempts: 2, maxHeapMb: 40 })
    await assert.rejects(pool.run(work('eatHeap'), []), {
      code: 'WORKER_DIED',
      message: /killed its worker 2 times/,
    })
    assert.equal(await pool.run(work('square'), [3]), 9)
  },
)

testBoth(
  'a function that never returns is ended after the timeout, and its worker with it',
  async (t, open) => {
    const file = join(folder(t), 'spins')
    const pool = open({ workers: 1, timeout: '150ms' })
    const next = async (): Promise<number> => pool.run(work('square'), [3])
    await assert.rejects(pool.run(work('spinAndTell'), [file]), {
      code: 'STEP_FAILED',
      message: /^spinAndTell of .*work\.ts had not returned after 150ms, so its worker was ended/,
    })
    assert.equal(await next(), 9)
    const pid = Number(readFileSync(file, 'utf8'))
    if (pid !== process.pid) await until(() => !isAlive(pid))
  },
)

testBoth('a promise that never settles is ended after the timeout', async (t, open) => {
  const pool = open({ timeout: 100 })
  await assert.rejects(pool.run(work('waitFor'), [join(folder(t), 'never')]), { code: 'STEP_FAILED' })
})

testBoth('closing in the middle of functions that never return leaves no worker behind', async (t, open) => {
  const place = folder(t)
  const pool = open()
  const names = ['a', 'b'].map(name => join(place, name))
  const calls = names.map(name => assert.rejects(pool.run(work('spinAndTell'), [name])))
  await until(() => names.every(name => readable(name) !== ''))
  await pool.close()
  await Promise.all(calls)
  for (const pid of names.map(name => Number(readable(name)))) {
    assert.ok(pid === process.pid || !isAlive(pid))
  }
})

function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
