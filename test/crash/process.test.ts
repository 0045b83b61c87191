/** Process functions while the whole app is killed at random moments: nothing is lost, nothing comes twice. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Broker, openBroker } from '../../src/broker/index.ts'
import { json, Producer, Topic } from '../../src/index.ts'
import { seededRandom } from '../../src/testing/choices.ts'
import type { Numbered } from './process-program.ts'
import { readAll } from './read-all.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const PROGRAM = fileURLToPath(new URL('./process-program.ts', import.meta.url))
const START = 1_767_225_600_000
const KILLS = 5
const NUMBERS = 4000

test(`process functions lose and double nothing under ${KILLS} kills of the whole app`, async t => {
  const seed = Number(process.env['SLUICE_SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-process-'))
  const url = `file:${join(folder, 'broker')}`
  const broker = await openBroker(url)
  t.after(async () => {
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const run = (more: readonly string[]) => {
    const args = ['-C', 'sluice-source', MAIN, 'run', PROGRAM, '--broker', url, ...more]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let heard = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    const ended = new Promise<number | null>(resolve => {
      child.on('exit', code => resolve(code))
    })
    return { ended, heard: () => heard, kill: () => child.kill('SIGKILL') }
  }
  const given = Array.from({ length: NUMBERS }, (_, n) => ({
    key: 'abcdef'[Math.floor(random() * 6)] ?? '',
    n,
    time: START + n * 7,
  }))
  await broker.createTopic({ name: 'numbers', partitions: 2, kind: 'user' })
  const part = Math.ceil(NUMBERS / (KILLS + 1))
  for (let kill = 0; kill < KILLS; kill++) {
    await feed(broker, given.slice(kill * part, (kill + 1) * part))
    const before = (await readAll(broker, 'plain')).length
    const { ended, kill: die } = run(['--workers', String(1 + (kill % 2))])
    while ((await readAll(broker, 'plain')).length === before) await wait(5)
    await wait(random() * 150)
    die()
    await ended
  }
  await feed(broker, given.slice(KILLS * part))
  const last = run(['--drain'])
  assert.equal(await last.ended, 0, last.heard())
  const wanted = expected(given)
  for (const topic of ['plain', 'asynchronous']) {
    const found = (await readAll(broker, topic)).map(record => sortedEnd(String(JSON.parse(record.value))))
    assert.deepEqual(found.toSorted(), wanted, topic)
  }
})

async function feed(broker: Broker, given: readonly Numbered[]): Promise<void> {
  const topic = new Topic('numbers', { value: json<Numbered>() })
  const producer = new Producer(broker, topic)
  for (const each of given) await producer.send(each, { partition: each.n % 2 })
  await producer.flush()
}

/** What must have come out, in alphabetical order. */
function expected(given: readonly Numbered[]): readonly string[] {
  const sums = new Map<string, number>()
  for (const { key, n, time } of given) {
    const window = `window ${key} ${time - (time % 1000) + 1000}`
    sums.set(window, (sums.get(window) ?? 0) + n)
  }
  const ends = Map.groupBy(given, ({ key }) => key)
  return [
    ...given.map(({ key, n }) => `timer ${key} ${n}`),
    ...[...sums].map(([window, sum]) => `${window} ${sum}`),
    ...[...ends].map(([key, its]) => `end ${key} ${its.length} ${its.map(({ n }) => n).join()}`),
  ].toSorted()
}

/** Two partitions come in any order, so do the numbers of a list. */
function sortedEnd(text: string): string {
  const [kind, key, count, numbers] = text.split(' ')
  if (kind !== 'end') return text
  const sorted = (numbers ?? '').split(',').toSorted((left, right) => Number(left) - Number(right))
  return `${kind} ${key} ${count} ${sorted.join()}`
}
