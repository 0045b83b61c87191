/** How long workers and the process of their pool live. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPool } from '../../src/index.ts'
import { folder, isAlive, KINDS, until, untilFiles, work } from './fixture.ts'

for (const kind of KINDS) {
  test(`${kind}: a pending call keeps the process alive, an idle pool does not`, async t => {
    const { child, printed } = start(t, 'idle.ts', kind)
    assert.deepEqual(await once(child, 'exit'), [0, null])
    assert.equal(await printed, 'one two\n')
  })

  test(`${kind}: a process may close its pool as the last thing that it does`, async t => {
    const { child, printed } = start(t, 'closing.ts', kind)
    assert.deepEqual(await once(child, 'exit'), [0, null])
    assert.equal(await printed, 'closed\n')
  })
}

test('no worker outlives the process of its pool when that is killed, idle or in a function that never returns', async t => {
  const place = folder(t)
  const files = ['a', 'b'].map(name => join(place, name))
  const idle = join(place, 'idle')
  const { child } = start(t, 'spinning.ts', idle, ...files)
  await untilFiles(idle, ...files)
  await until(() => [idle, ...files].every(file => readFileSync(file, 'utf8') !== ''))
  const pids = [idle, ...files].map(file => Number(readFileSync(file, 'utf8')))
  assert.deepEqual(pids.map(isAlive), [true, true, true])
  child.kill('SIGKILL')
  await until(() => !pids.some(isAlive))
})

test('no worker outlives a process that is killed while its workers start', async t => {
  const { child, printed } = start(t, 'starting.ts')
  await once(child, 'exit')
  const pids = (await printed).trim().split('\n').map(Number)
  assert.ok(pids.length === 2 && pids.every(Number.isInteger), String(pids))
  await until(() => !pids.some(isAlive))
})

test('processes: workers heed no Ctrl-C, which goes to the whole group: the process of the pool does', async t => {
  const place = folder(t)
  const pool = openPool({ kind: 'processes', workers: 1, attempts: 1 })
  t.after(() => pool.close())
  const call = pool.run(work('meet'), [place, 'told'])
  await untilFiles(join(place, 'told'))
  await until(() => readFileSync(join(place, 'told'), 'utf8') !== '')
  const pid = Number(readFileSync(join(place, 'told'), 'utf8'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(pid, signal)
  writeFileSync(join(place, 'go'), '')
  assert.equal(Number.parseInt(await call, 10), pid)
})

test('a program without a file, of node --eval, has pools as well', async t => {
  const program = `
    import { moduleFunction, openPool } from 'sluice'
    for (const kind of ['threads', 'processes']) {
      const pool = openPool({ kind, workers: 1 })
      console.log(await pool.run(moduleFunction(${JSON.stringify(urlOf('work.ts'))}, 'square'), [3]))
      await pool.close()
    }`
  const { child, printed } = startNode(t, '--input-type=module', '--eval', program)
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.equal(await printed, '9\n9\n')
})

function urlOf(program: string): string {
  return new URL(`./programs/${program}`, import.meta.url).href
}

function start(t: TestContext, program: string, ...args: readonly string[]): Started {
  return startNode(t, fileURLToPath(urlOf(program)), ...args)
}

interface Started {
  readonly child: ChildProcess
  readonly printed: Promise<string>
}

function startNode(t: TestContext, ...args: readonly string[]): Started {
  const child = spawn(process.execPath, ['--conditions=sluice-source', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  return { child, printed: text(child.stdout) }
}
