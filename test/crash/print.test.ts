/** What `print` prints is out at least once, also when several workers print by way of one process. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BatchBuilder, openBroker } from '../../src/broker/index.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const PROGRAM = fileURLToPath(new URL('./print-program.ts', import.meta.url))
const NUMBERS = 60_000
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
      if (killAfterMs > 0) void wait(killAfterMs).then(() => child.kill('SIGKILL'))
      return new Promise(resolve => {
        child.on('exit', resolve)
      })
    }
    for (let kill = 0; kill < KILLS; kill++) await run(250 + kill * 70)
    assert.equal(await run(0), 0)
    await broker.close()
    const printed = new Set(readFileSync(output, 'utf8').trim().split('\n'))
    assert.equal(printed.size, NUMBERS)
  })
}
