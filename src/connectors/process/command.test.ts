import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Source } from '../../connect/index.ts'
import { SourceProbe, WatchedClock } from '../../testing/index.ts'
import { systemClock } from '../../time/index.ts'
import { type CommandOptions, command } from './index.ts'

/** A child that runs a script. */
function node(script: string, options: CommandOptions = {}): Source<string> {
  return command(process.execPath, ['-e', script], options)
}

function started(t: TestContext, source: Source<string>): SourceProbe<string> {
  const probe = new SourceProbe(source)
  t.after(() => probe.stop().catch(() => undefined))
  return probe
}

test('lines of the output come in order, the last one too that has no end', async t => {
  const probe = started(t, node("process.stdout.write('one\\nzwei é\\n\\nlast')"))
  await probe.done
  assert.deepEqual(probe.values, ['one', 'zwei é', '', 'last'])
})

for (const [how, end] of [
  ['ends well', ''],
  ['fails', 'process.exitCode = 3'],
] as const) {
  test(`no line is lost when the child ${how} long before a slow stream is done`, async t => {
    const count = 20_000
    const script = `const lines = Array.from({ length: ${count} }, (_, i) => 'line ' + i + ' ' + 'x'.repeat(50))
      process.stdout.write(lines.join('\\n') + '\\n'); ${end}`
    const probe = started(t, node(script)).hold()
    await probe.until(1)
    for (let turn = 0; turn < 200; turn++) await systemClock.yield()
    assert.equal(probe.values.length, 1)
    probe.release()
    await probe.done.catch(() => undefined)
    assert.equal(probe.values.length, count)
    assert.ok(probe.values.every((value, index) => value.startsWith(`line ${index} `)))
  })
}

test('a slow stream slows the child down', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-command-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const marker = join(folder, 'all-written')
  // Writes more than pipes and buffers take, and leaves a mark when all of it is taken.
  const script = `const line = 'x'.repeat(65535) + '\\n'; let left = 320
    const more = () => left-- > 0 ? process.stdout.write(line, more) : require('fs').writeFileSync(${JSON.stringify(marker)}, '')
    more()`
  const probe = started(t, node(script)).hold()
  await probe.until(1)
  for (let turn = 0; turn < 3000; turn++) await systemClock.yield()
  assert.equal(existsSync(marker), false)
  probe.release()
  await probe.done
  assert.deepEqual([probe.values.length, existsSync(marker)], [320, true])
})

test('an exit code is an error with the last of the error output, after all lines', async t => {
  const script = `console.log('one'); for (let i = 0; i < 1000; i++) console.error('warning ' + i)
    console.error('disk on fire'); process.exitCode = 7`
  const probe = started(t, node(script))
  const error: unknown = await probe.done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Error)
  assert.match(
    error.message,
    /ended with exit code 7; expected 0\. The last of its standard error output:\n…/,
  )
  assert.match(error.message, /\nwarning 999\ndisk on fire$/)
  assert.ok(error.message.length < 5000)
  assert.deepEqual(probe.values, ['one'])
})

test('a child that is killed from outside is an error that names the signal, after all its lines', async t => {
  const probe = started(t, node('console.log(process.pid); setInterval(() => {}, 1000)'))
  await probe.until(1)
  process.kill(Number(probe.values[0]), 'SIGKILL')
  await assert.rejects(probe.done, {
    code: 'SOURCE_FAILED',
    message: /was killed by SIGKILL\. It wrote no errors$/,
  })
})

test('a stop ends the child and what it has started', async t => {
  const script = `const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
    console.log(process.pid); console.log(child.pid); setInterval(() => {}, 1000)`
  const probe = started(t, node(script))
  await probe.until(2)
  const pids = probe.values.map(Number)
  await probe.stop()
  for (const pid of pids) while (isAlive(pid)) await systemClock.yield()
})

test('a child that does not end when asked to is killed when its time is over', async t => {
  const clock = new WatchedClock()
  const script =
    "process.on('SIGTERM', () => console.log('no')); console.log('ready'); setInterval(() => {}, 1000)"
  const probe = new SourceProbe(node(script, { killAfter: '2s' }), clock)
  t.after(() => probe.stop().catch(() => undefined))
  await probe.until(1)
  probe.abort()
  await clock.asleep()
  clock.advance(2000)
  await probe.done
})

test('what children write to their error output can be elements too', async t => {
  const probe = started(t, node("console.error('careful'); console.error('slow')", { stderr: 'elements' }))
  await probe.done
  assert.deepEqual(probe.values, ['careful', 'slow'])
})

test('a command that is not there is an error that says what was expected', async t => {
  const probe = started(t, command('no-such-command-anywhere'))
  await assert.rejects(probe.done, {
    code: 'SOURCE_FAILED',
    message: /cannot be started: "no-such-command-anywhere" was not found; expected a program in PATH/,
  })
})

test('a line that is too long ends the run and the child', async t => {
  const script = "console.log(process.pid); setInterval(() => process.stdout.write('x'.repeat(1000)), 1)"
  const probe = started(t, node(script, { maxLineBytes: 5000 }))
  await assert.rejects(probe.done, {
    code: 'SOURCE_FAILED',
    message: /more than 5000 bytes without the delimiter/,
  })
  assert.equal(isAlive(Number(probe.values[0])), false)
})

test('a failure below ends the child', async t => {
  const probe = started(t, node('console.log(process.pid); setInterval(() => {}, 1000)')).fail(
    new Error('no room'),
  )
  await assert.rejects(probe.done, { message: 'no room' })
  const pid = Number(probe.values[0])
  while (isAlive(pid)) await systemClock.yield()
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // One that is dead stays in the list until somebody asks how it ended, which here is not up to us.
  return !(existsSync(`/proc/${pid}/stat`) && readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '))
}
