/**
 * Heavy work at the close of windows, on a pool, while the whole app is killed at random moments: each window
 * comes out once, as a result or as a dead letter with its key and window; per sensor in order; and the
 * process of the app stays free for what else it has to do.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import test, { type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Broker, openBroker } from '../../src/broker/index.ts'
import { json, Producer, Topic } from '../../src/index.ts'
import { seededRandom } from '../../src/testing/choices.ts'
import type { Reading, Summary } from './heavy-close-work.ts'
import { type ReadRecord, readAll } from './read-all.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const PROGRAM = fileURLToPath(new URL('./heavy-close-program.ts', import.meta.url))
const SENSORS = ['attic', 'barn', 'cellar', 'den']
const SECONDS = 18
const START = 1_767_225_600_000
const KILLS = 4
const MAX_DELAY_MS = 20
const MOST_TIMES_CONTROL = 3
const RESOLUTION_MS = 2
const MIN_SAMPLES = 300
const READINGS = 3

/** Which windows go wrong, and what the dead letter must say. */
const FATES: Readonly<Record<string, readonly [fate: string, code: string, error: RegExp]>> = {
  'attic 2': ['throws', 'STEP_FAILED', /RangeError: this window is too much$/],
  'barn 5': ['rejects', 'STEP_FAILED', /TypeError: this window was refused$/],
  'cellar 7': ['dies', 'WORKER_DIED', /SIGKILL/],
  'den 3': ['hangs', 'STEP_FAILED', /had not returned after 1s/],
}

test(`heavy work at the close of windows loses and doubles nothing under ${KILLS} kills of the whole app, and delays nothing else`, async t => {
  const seed = Number(process.env['SLUICE_SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const place = await openPlace(t)
  for (let run = 0; run < KILLS; run++) {
    await feed(place.broker, 2 * run, 2 * (run + 1))
    const { ended, kill } = place.run(['--workers', String(1 + (run % 2))])
    const before = (await place.records()).length
    for (let more = 0; more === 0; ) {
      await wait(5)
      more = (await place.records()).length - before
    }
    await wait(random() * 400)
    kill()
    await ended
  }
  await feed(place.broker, 2 * KILLS, SECONDS)
  // This process only waits meanwhile: what delays it too is the machine, not the app.
  const control = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  control.enable()
  const { ended, heard } = place.run(['--drain'])
  assert.equal(await ended, 0, heard())
  control.disable()
  const letters = await readAll(place.broker, 'heavy-dead-letters')
  const summaries = await place.records()
  checkLetters(letters)
  checkSummaries(summaries)
  const delays = place.delays()
  const controlMs = control.percentile(99) / 1e6
  const texts = delays.map(ms => ms.toFixed(1)).join(', ')
  t.diagnostic(
    `event-loop delay, p99: ${texts} ms; of a process that does nothing: ${controlMs.toFixed(1)} ms`,
  )
  const allowedMs = Math.max(MAX_DELAY_MS, MOST_TIMES_CONTROL * controlMs)
  assert.ok(Math.min(...delays) <= allowedMs, `the event loop is delayed by ${texts} ms, not ${allowedMs}`)
})

function checkLetters(letters: readonly ReadRecord[]): void {
  const found = letters.map(({ value, headers }) => {
    const { key, window } = JSON.parse(value) as {
      readonly key: string
      readonly window: { start: number; end: number }
    }
    assert.equal(headers['step'], 'summarize')
    assert.equal(headers['key'], JSON.stringify(key))
    assert.equal(window.end - window.start, 1000)
    assert.equal(headers['time'], String(window.end - 1))
    const name = `${key} ${(window.start - START) / 1000}`
    const [, code, error] = FATES[name] ?? []
    assert.equal(headers['code'], code, name)
    assert.match(headers['error'] ?? '', error ?? /^nothing$/)
    return name
  })
  assert.deepEqual(found.toSorted(), Object.keys(FATES).toSorted())
}

function checkSummaries(records: readonly ReadRecord[]): void {
  const summaries = records.map(({ value }) => JSON.parse(value) as Summary)
  for (const [number, sensor] of SENSORS.entries()) {
    const own = summaries.filter(summary => summary.sensor === sensor)
    const wanted = Array.from({ length: SECONDS }, (_, second) => second).filter(
      second => FATES[`${sensor} ${second}`] === undefined,
    )
    assert.deepEqual(
      own.map(({ start, sum }) => [(start - START) / 1000, sum]),
      wanted.map(second => [second, READINGS * (second * 10 + number)]),
      `the windows of ${sensor}, in their order`,
    )
  }
}

/** Writes readings of all sensors from one second to before another. */
async function feed(broker: Broker, from: number, to: number): Promise<void> {
  const reading = json({ sensor: 'string', time: 'number', value: 'number', fate: 'string' })
  const producer = new Producer(broker, new Topic('readings', { value: reading, keyedBy: 'sensor' }))
  for (let second = from; second < to; second++) {
    for (const [number, sensor] of SENSORS.entries()) {
      const [fate = 'good'] = FATES[`${sensor} ${second}`] ?? []
      for (let n = 0; n < READINGS; n++) {
        const time = START + second * 1000 + n * 300
        await producer.send({ sensor, time, value: second * 10 + number, fate } satisfies Reading)
      }
    }
  }
  await producer.close()
}

async function openPlace(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-heavy-'))
  const url = `file:${join(folder, 'broker')}`
  const broker = await openBroker(url)
  const kills = new Set<() => void>()
  t.after(async () => {
    for (const kill of kills) kill()
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await broker.createTopic({ name: 'readings', partitions: 2, kind: 'user' })
  const run = (more: readonly string[]) => {
    const args = ['-C', 'sluice-source', MAIN, 'run', PROGRAM, '--broker', url, ...more]
    // A group of its own: the command, its workers and those of their pools are killed at once.
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      env: { ...process.env, SLUICE_DELAYS: join(folder, 'delay') },
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-20_000)
    })
    const kill = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    }
    kills.add(kill)
    const ended = new Promise<number | null>(resolve => {
      child.on('exit', code => {
        kills.delete(kill)
        resolve(code)
      })
    })
    return { ended, kill, heard: () => stderr }
  }
  /** The 99th percentile, milliseconds, of each process of the app that lived long enough to tell. */
  const delays = (): readonly number[] =>
    readdirSync(folder)
      .filter(name => name.startsWith('delay-'))
      .map(name => readFileSync(join(folder, name), 'utf8'))
      .filter(text => text.endsWith('\n') && Number.parseInt(text, 10) >= MIN_SAMPLES)
      .map(text => Number(text.split(' ')[1]))
  return { broker, run, delays, records: () => readAll(broker, 'summaries') }
}
