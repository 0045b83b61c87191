/** What `print` prints is out at least once, also when several workers print by way of one process. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BatchBuilder, openBroker } from '../../src/broker/index.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const PROGRAM = fileURLToPath(new URL('./print-program.ts', import.meta.url))
const NUMBERS = 200_000
const KILLS = 4

for (const workers of [1, 2]) {
  test(`no printed line is lost when ${workers === 1 ? 'the worker' : 'the supervisor of two workers'} is killed`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-print-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const url = `file:${join(folder, 'broker')}`
    const broker = await openBroker(url)
    await broker.createTopic({ name: 'numbers', partitions: 2, kind: 'user' })
    const builder = new BatchBuilder()
    for (let n = 0; n < NUMBERS; n++) {
      builder.append(null, Buffer.from(`{"n":${n}}`), n)
      if (builder.count < 500) continue
      const batch = builder.build()
      if (batch !== undefined) await broker.produce([{ topic: 'numbers', partition: (n >> 9) % 2, batch }])
    }
    const output = join(folder, 'output')
    const run = (killAfterMs: number): Promise<number | null> => {
      const descriptor = openSync(output, 'a')
      const args = ['-C', 'sluice-source', MAIN, 'run', PROGRAM, '--broker', url, '--until-caught-up']
      const child = spawn(process.execPath, [...args, '--workers', String(workers)], {
        stdio: ['ignore', descriptor, 'ignore'],
      })
      closeSync(descriptor)
      if (killAfterMs > 0) void killSoonAfterFirstLine(child, output, killAfterMs)
      return new Promise(resolve => {
        child.on('exit', resolve)
      })
    }
    for (let kill = 0; kill < KILLS; kill++) await run(5 + kill * 12)
    assert.equal(await run(0), 0)
    await broker.close()
    const printed = new Set(readFileSync(output, 'utf8').trim().split('\n'))
    assert.equal(printed.size, NUMBERS)
  })
}

/** Kills at work: some time after the first new line, when more has been read than is printed. */
async function killSoonAfterFirstLine(child: ChildProcess, output: string, ms: number): Promise<void> {
  const { size } = statSync(output)
  while (child.exitCode === null && statSync(output).size === size) await wait(2)
  await wait(ms)
  child.kill('SIGKILL')
}
