/**
 * Savepoints under kills, between brokers and numbers of workers: what an app gives that went on from them
 * is what one gives that was never touched.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BatchBuilder, BatchCursor, type Broker } from '../../src/broker/index.ts'
import type { Holder } from '../../src/runtime/index.ts'
import { Place } from '../cli/command.ts'
import { killAtWrite } from './kill-at-write.ts'

const PROGRAM = fileURLToPath(new URL('./everything-program.ts', import.meta.url))
const PARTITIONS = 3
const APP = 'everything'
const KILL_POINT = `--import=${new URL('./kill-point.ts', import.meta.url).href}`

test('an app goes from one broker and number of workers to the next by savepoints, killed or stopped, and gives the same', async t => {
  const place = new Place(t)
  const sizes = [300, 900, 1300]
  await fill(place, 'untouched', [0, sizes[2] ?? 0])
  assert.equal((await run(place, 'untouched', ['--drain'])).code, 0)
  const wanted = await results(place, 'untouched')

  await fill(place, 'one', [0, sizes[0] ?? 0])
  const first = await run(place, 'one', ['--until-caught-up'])
  assert.equal(first.code, 0, first.stderr)
  assert.equal((await savepoint(place, 'one', 's1')).code, 0)

  await fill(place, 'three', [0, sizes[1] ?? 0])
  const second = place.start(['run', PROGRAM, '--workers', '3', '--from-savepoint', './s1', ...at('three')])
  await place.brokerAt('three', async broker => {
    while ((await processed(broker)) < PARTITIONS * (sizes[0] ?? 0) + 150) await wait(2)
    await killAll(broker, second.pid)
  })
  await second.ended
  const taken = await savepoint(place, 'three', 's2')
  assert.equal(taken.code, 0, taken.stderr)
  t.diagnostic(taken.stderr.trim())

  await fill(place, 'two', [0, sizes[2] ?? 0])
  const third = await run(place, 'two', ['--drain', '--workers', '2', '--from-savepoint', './s2'])
  assert.equal(third.code, 0, third.stderr)
  const parts = await Promise.all(['one', 'three', 'two'].map(name => results(place, name)))
  assert.deepEqual(parts.flat().sort(), wanted)
})

test('a savepoint of an app that runs is what one commit left, and what it goes on to is the same', async t => {
  const place = new Place(t)
  await fill(place, 'a', [0, 500])
  const running = place.start(['run', PROGRAM, '--workers', '2', ...at('a')])
  await running.says('worker 1: running')
  const pairs: string[] = []
  await place.brokerAt('a', async broker => {
    while ((await processed(broker)) < 100) await wait(2)
    for (const name of ['x', 'y', 'z']) {
      const { code, stderr } = await savepoint(place, 'a', name)
      assert.equal(code, 0, stderr)
      pairs.push(name)
    }
  })
  running.child.kill('SIGTERM')
  await running.ended
  assert.equal((await run(place, 'a', ['--drain'])).code, 0)
  const wanted = new Set(await results(place, 'a'))
  for (const name of pairs) {
    await fill(place, `after-${name}`, [0, 500])
    const { code, stderr } = await run(place, `after-${name}`, ['--drain', '--from-savepoint', `./${name}`])
    assert.equal(code, 0, stderr)
    const after = await results(place, `after-${name}`)
    assert.ok(after.length > 0)
    for (const line of after) assert.ok(wanted.has(line), `${line} is no result of the untouched run`)
  }
})

test('a kill while a savepoint is written leaves no savepoint, and the next one is made', async t => {
  const place = new Place(t)
  await fill(place, 'a', [0, 200])
  assert.equal((await run(place, 'a', ['--until-caught-up'])).code, 0)
  for (const nth of [1, 2, 3, 5]) {
    const killed = await place.run(
      ['savepoint', 'create', APP, 'x', '--to', './x', ...at('a')],
      '',
      killAtWrite(nth),
    )
    if (killed.code === 0) break
    assert.equal(killed.code, null)
    assert.throws(() => readFileSync(`${place.folder}/x`), { code: 'ENOENT' })
  }
  const made = await place.run(['savepoint', 'create', APP, 'x', '--to', './x', '--force', ...at('a')])
  assert.equal(made.code, 0, made.stderr)
  const shown = await place.run(['savepoint', 'show', APP, './x', ...at('a')])
  assert.equal(shown.code, 0, shown.stderr)
  assert.match(shown.stdout, /all sound/)
})

test('a kill while an app starts from a savepoint leaves an app that says so, and starts from it again', async t => {
  const place = new Place(t)
  await fill(place, 'a', [0, 400])
  assert.equal((await run(place, 'a', ['--until-caught-up'])).code, 0)
  assert.equal((await savepoint(place, 'a', 'x')).code, 0)
  await fill(place, 'b', [0, 400])
  const kills: number[] = []
  for (const nth of [6, 12, 25, 45]) {
    const env = { SLUICE_KILL: `before-commit:${nth}` }
    const killed = await place.run(
      ['run', PROGRAM, '--from-savepoint', './x', '--until-caught-up', '--force', ...at('b')],
      '',
      {
        ...env,
        NODE_OPTIONS: KILL_POINT,
      },
    )
    if (killed.code !== null) break
    kills.push(nth)
    const without = await run(place, 'b', ['--until-caught-up'])
    assert.equal(without.code, 1, without.stderr)
    assert.match(without.stderr, /was being started from the savepoint \S+x, which did not come to its end/)
    const taken = await savepoint(place, 'b', 'y')
    assert.equal(taken.code, 1)
  }
  assert.ok(kills.length >= 2, `killed at ${kills.join()}`)
  const again = await run(place, 'b', ['--drain', '--from-savepoint', './x'])
  assert.equal(again.code, 0, again.stderr)
  const before = await results(place, 'a')
  assert.equal((await run(place, 'a', ['--drain'])).code, 0)
  assert.deepEqual([...before, ...(await results(place, 'b'))].sort(), await results(place, 'a'))
})

test('a kill during an import leaves state as it was, or as it is after the import, and nothing between', async t => {
  const place = new Place(t)
  await fill(place, 'a', [0, 200])
  assert.equal((await run(place, 'a', ['--until-caught-up'])).code, 0)
  const step = 'running'
  const words = ['state', 'export', APP, step, ...at('a')]
  const before = (await place.run(words)).stdout
  const wanted = before.replaceAll('"value":', '"value":1')
  place.file('changed.jsonl', wanted)
  const kills = { before: 0, after: 0 }
  for (let nth = 1; nth < 40; nth++) {
    const { code } = await place.run(['state', 'import', APP, step, 'changed.jsonl', ...at('a')], '', {
      SLUICE_KILL: `after-commit:${nth}`,
      NODE_OPTIONS: KILL_POINT,
    })
    const found = (await place.run(words)).stdout
    if (code === null) kills[found === before ? 'before' : 'after']++
    if (found === before && code === null) continue
    assert.equal(found, wanted)
    break
  }
  t.diagnostic(JSON.stringify(kills))
  assert.ok(kills.before > 2)
  const { code, stderr } = await run(place, 'a', ['--drain'])
  assert.equal(code, 0, stderr)
})

/** Records `from` to `to` of each partition, always the same. */
async function fill(place: Place, name: string, [from, to]: readonly [number, number]): Promise<void> {
  await place.brokerAt(name, async broker => {
    await broker.createTopic({ name: 'readings', partitions: PARTITIONS, kind: 'user' })
    const appends = Array.from({ length: PARTITIONS }, (_, partition) => {
      const builder = new BatchBuilder()
      for (let n = from; n < to; n++) {
        const late = n % 11 === 0 ? 2500 : n % 3 === 0 ? 900 : 0
        const time = 1_700_000_000_000 + n * 120 - late
        const reading = { sensor: `s${partition}-${(n * 7) % 5}`, time, value: (n * 31) % 101 }
        builder.append(null, Buffer.from(JSON.stringify(reading)), time)
      }
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic: 'readings', partition, batch }]
    })
    await broker.produce(appends.flat())
  })
}

function at(name: string): readonly string[] {
  return ['--broker', `file:./${name}.broker`]
}

function run(place: Place, name: string, more: readonly string[]) {
  return place.run(['run', PROGRAM, ...more, ...at(name)])
}

function savepoint(place: Place, name: string, to: string) {
  return place.run(['savepoint', 'create', APP, to, '--to', `./${to}`, ...at(name)])
}

async function processed(broker: Broker): Promise<number> {
  const positions = await broker.group(APP).positions()
  return positions.reduce((sum, { topic, next }) => sum + (topic === 'readings' ? next : 0), 0)
}

async function killAll(broker: Broker, supervisor: number): Promise<void> {
  const holder = (await broker.group(APP).fact('holder')) as Holder
  process.kill(supervisor, 'SIGKILL')
  for (const { pid } of holder.workers) process.kill(pid, 'SIGKILL')
}

async function results(place: Place, name: string): Promise<readonly string[]> {
  return place.brokerAt(name, async broker => {
    const found: string[] = []
    const cursor = new BatchCursor()
    for (const [partition, { start }] of (await broker.partitions('results')).entries()) {
      const reader = broker.reader('results', partition, start)
      for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
        cursor.load(batch)
        while (cursor.next()) found.push(cursor.value()?.toString() ?? '')
      }
      reader.close()
    }
    return found.sort()
  })
}
