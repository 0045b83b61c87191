/** `sluice run --http` and `--log`: what a run tells those who watch it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Holder } from '../../src/runtime/index.ts'
import { servicePath } from '../service-path.ts'
import { jsonLines, Place, program, type Running } from './command.ts'

const READINGS = Array.from({ length: 40 }, (_, index) => ({
  sensor: `s${index % 4}`,
  time: index * 1000,
  value: index,
}))

/** Starts a run that can be watched, and gives where. */
async function watched(place: Place, words: readonly string[]): Promise<Running & { readonly url: string }> {
  const running = place.start(['run', ...words, '--http', '0'])
  await running.says('watch it at')
  return { ...running, url: /http:\/\/127\.0\.0\.1:\d+/.exec(running.heard())?.[0] ?? '' }
}

/** What a server answers to these bytes. */
function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise(resolve => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
  })
}

/** Asks until the status is as wanted. */
async function until(url: string, status: number): Promise<string> {
  for (;;) {
    const response = await fetch(url)
    const text = await response.text()
    if (response.status === status) return text
    await wait(50)
  }
}

async function progressOf(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/progress`)).json()) as Record<string, unknown>
}

for (const workers of ['1', '2']) {
  test(`a run with ${workers} workers answers whether it lives, is ready, and where it is`, async t => {
    const place = new Place(t)
    await place.topic('readings', 2, READINGS)
    const { url, child, ended } = await watched(place, [program('sums'), '--workers', workers])
    await until(`${url}/readyz`, 200)
    assert.equal(await until(`${url}/healthz`, 200), 'ok\n')
    let progress = await progressOf(url)
    while (progress['records'] !== 40 || progress['lag'] !== 0) {
      await wait(50)
      progress = await progressOf(url)
    }
    assert.equal(progress['app'], 'sums')
    assert.equal((progress['heaps'] as readonly unknown[]).length, Number(workers))
    assert.deepEqual(
      (progress['workers'] as readonly { readonly state: string }[]).map(({ state }) => state),
      Array.from({ length: Number(workers) }, () => 'running'),
    )
    const steps = progress['steps'] as readonly Record<string, unknown>[]
    const source = steps.find(step => step['step'] === 'readings')
    assert.deepEqual([source?.['in'], source?.['out'], source?.['failed']], [40, 40, 0])
    const exchanges = (progress['inputs'] as readonly Record<string, unknown>[]).filter(
      input => input['kind'] === 'exchange',
    )
    assert.equal(exchanges.length, 2)
    for (const exchange of exchanges) assert.equal((exchange['channels'] as readonly unknown[]).length, 2)
    assert.equal((await fetch(`${url}/nothing`)).status, 404)
    assert.equal((await fetch(`${url}/healthz`, { method: 'POST' })).status, 405)
    child.kill('SIGINT')
    assert.equal((await ended).code, 130)
  })

  test(`the metrics of ${workers} workers are what promtool wants`, async t => {
    const promtool = servicePath('promtool')
    const place = new Place(t)
    await place.topic('readings', 2, READINGS)
    const { url } = await watched(place, [program('sums'), '--workers', workers])
    let metrics = ''
    do {
      const response = await fetch(`${url}/metrics`)
      assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
      metrics = await response.text()
    } while (!metrics.includes('sluice_records_total{app="sums"} 40'))
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
      input: metrics,
      encoding: 'utf8',
    })
    assert.equal(`${stdout}${stderr}`, '')
    assert.equal(status, 0)
    assert.match(metrics, /^sluice_commit_duration_seconds_bucket\{app="sums",le="\+Inf"\} [1-9]/m)
  })
}

test('a worker that does not answer makes the run unhealthy, until it does', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, READINGS)
  const { url } = await watched(place, [program('sums'), '--workers', '2'])
  await until(`${url}/readyz`, 200)
  const holder = (await place.broker(broker => broker.group('sums').fact('holder'))) as Holder
  const pid = holder.workers[1]?.pid ?? 0
  t.after(() => {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended with its supervisor, as it should.
    }
  })
  process.kill(pid, 'SIGSTOP')
  // One that is stopped in the middle of a commit keeps the other from its own, which may be told first.
  const told = /^worker 1 has not answered for \d+ s$/m
  while (!told.test(await until(`${url}/healthz`, 503)));
  process.kill(pid, 'SIGCONT')
  await until(`${url}/healthz`, 200)
})

test('a worker that was killed is not ready until it has its state again', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, READINGS)
  const { url } = await watched(place, [program('sums'), '--workers', '2'])
  await until(`${url}/readyz`, 200)
  const holder = (await place.broker(broker => broker.group('sums').fact('holder'))) as Holder
  process.kill(holder.workers[0]?.pid ?? 0, 'SIGKILL')
  await until(`${url}/readyz`, 503)
  await until(`${url}/readyz`, 200)
  assert.match(
    await (await fetch(`${url}/metrics`)).text(),
    /sluice_worker_restarts_total\{app="sums",worker="[01]"\} 1/,
  )
})

for (const workers of ['1', '2']) {
  test(`while much state is restored, a run with ${workers} workers says so and lives`, async t => {
    const place = new Place(t)
    const file = place.file(
      'remembers.ts',
      "import { App, json } from 'sluice'",
      "const app = new App('remembers')",
      "const numbers = app.topic('numbers', { value: json({ n: 'number' }) })",
      'const many = app.stream(numbers).flatMap(({ n }) => Array.from({ length: 1000 }, (_, i) => String(n * 1000 + i)))',
      'many.keyBy(text => text).running().count().filter(() => false).print()',
      'export default app',
    )
    await place.topic(
      'numbers',
      2,
      Array.from({ length: 400 }, (_, n) => ({ n })),
    )
    assert.equal((await place.run(['run', file, '--until-caught-up'])).code, 0)
    const { url } = await watched(place, [file, '--workers', workers])
    const said = new Set<string>()
    for (;;) {
      assert.equal((await fetch(`${url}/healthz`)).status, 200)
      const response = await fetch(`${url}/readyz`)
      said.add(await response.text())
      if (response.status === 200) break
    }
    assert.ok(
      [...said].some(text => text.includes('is restoring')),
      [...said].join(),
    )
  })
}

test('a port that is in use is said at once, with the way out', async t => {
  const place = new Place(t)
  await place.topic('readings', 1)
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const { code, stderr } = await place.run(['run', program('sums'), '--http', String(port)])
  assert.equal(code, 2)
  assert.match(
    stderr,
    /--http cannot listen on 127\.0\.0\.1:\d+: another process listens there; name another port/,
  )
})

for (const address of ['70000', 'here:', ':80', 'a b:80']) {
  test(`--http ${address} is refused`, async t => {
    const { code, stderr } = await new Place(t).run(['run', program('sums'), '--http', address])
    assert.equal(code, 2)
    assert.match(stderr, /expected a port from 0 to 65535, or HOST:PORT/)
  })
}

test('--log-format json makes each line of standard error an object', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, READINGS)
  const { code, stderr } = await place.run([
    'run',
    program('sums'),
    '--until-caught-up',
    '--log-format',
    'json',
    '--log',
    'warn,runtime=debug',
  ])
  assert.equal(code, 0)
  const entries = jsonLines(stderr) as readonly Readonly<Record<string, unknown>>[]
  assert.ok(entries.every(entry => entry['room'] === 'runtime'))
  assert.deepEqual(
    entries.flatMap(({ state }) => (state === undefined ? [] : [state])),
    ['claiming', 'restoring', 'running', 'stopping', 'stopped'],
  )
})

test('SLUICE_LOG says what is told, and a slip in it is wrong usage', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, READINGS)
  const quiet = await place.run(['run', program('sums'), '--until-caught-up'], '', { SLUICE_LOG: 'off' })
  assert.deepEqual([quiet.code, quiet.stderr], [0, ''])
  const slip = await place.run(['run', program('sums')], '', { SLUICE_LOG: 'verbose' })
  assert.equal(slip.code, 2)
  assert.match(slip.stderr, /SLUICE_LOG says "verbose" where a level belongs: debug, info, warn, error, off/)
})

test('that memory runs out is told with the step that fills it, before the process dies of it', async t => {
  const place = new Place(t)
  const file = place.file(
    'keeps.ts',
    "import { App, json } from 'sluice'",
    "const app = new App('keeps')",
    "const numbers = app.topic('numbers', { value: json({ n: 'number' }) })",
    'app.stream(numbers).flatMap(({ n }) => Array.from({ length: 10 }, (_, i) => String(n * 10 + i).padEnd(20_000, String(n))))',
    "  .keyBy(text => text).running().count({ id: 'everything' }).filter(() => false).print()",
    'export default app',
  )
  await place.topic(
    'numbers',
    1,
    Array.from({ length: 4000 }, (_, n) => ({ n })),
  )
  const running = place.start(['run', file], { NODE_OPTIONS: '--max-old-space-size=150' })
  await running.says('warning: keeps: the heap is')
  assert.match(
    running.heard(),
    /keeps: the heap is \d+ % full, \d+ of \d+ MB; the biggest state is that of step "everything", \d+ entries/,
  )
})

test('requests that are none, or ask for odd places, do the run no harm', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, READINGS)
  const { url } = await watched(place, [program('sums')])
  await until(`${url}/readyz`, 200)
  const close = 'Host: x\r\nConnection: close\r\n\r\n'
  for (const target of ['//', '///?', 'http://', '*', '/%', '/\u0001', `/${'a'.repeat(100_000)}`]) {
    await sendRaw(url, `GET ${target} HTTP/1.1\r\n${close}`)
  }
  await sendRaw(url, '\0\u0001 not HTTP at all\r\n\r\n')
  assert.match(await sendRaw(url, `GET // HTTP/1.1\r\n${close}`), /^HTTP\/1\.1 404 /)
  assert.equal(await until(`${url}/healthz?probe=1`, 200), 'ok\n')
})
