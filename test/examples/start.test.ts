/** `npm start`, not on a terminal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newFolder, type Running, start, valuesOf } from './run-example.ts'

/** Resolves when the program has printed something that matches. */
function seen({ child }: Running, pattern: RegExp): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (part: string) => {
      text += part
      if (pattern.test(text)) resolve()
    })
    child.on('close', () => reject(new Error(`ended without ${pattern}:\n${text}`)))
  })
}

test('prints lines, ends by itself, and goes on where it stopped', async t => {
  const folder = await newFolder(t)
  const first = await start(t, folder, 'examples/start.ts', '--for', '5s').done
  assert.equal(first.stderr, '')
  assert.equal(first.code, 0)
  assert.match(first.stdout, /^sensor-sums on file:\.\/\.sluice: first run/)
  assert.match(first.stdout, /readings [1-9]\d+, lag \d+, late \d+, dead letters \d+, watermark \d\d:/)
  assert.match(first.stdout, /stopped: all of it is committed/)
  assert.ok(!first.stdout.includes('\u001b'), 'there are control characters')
  const readings = (await start(t, folder, 'src/cli/main.ts', 'topic', 'read', 'readings').done).stdout
  const count = readings.trim().split('\n').length
  assert.ok(count > 100)

  const second = await start(t, folder, 'examples/start.ts', '--for', '2s').done
  assert.equal(second.code, 0)
  assert.match(second.stdout, new RegExp(`goes on where the last run stopped: ${count} readings processed`))
  const sums = await valuesOf<{ readonly sensor: string; readonly start: number }>(t, folder, 'sums')
  const windows = sums.map(sum => `${sum.sensor} ${sum.start}`)
  assert.equal(new Set(windows).size, windows.length, 'a window was written twice')
})

test('Ctrl-C ends it cleanly, with 130', async t => {
  const folder = await newFolder(t)
  const demo = start(t, folder, 'examples/start.ts')
  await seen(demo, /readings [1-9]/)
  demo.child.kill('SIGINT')
  const { code, stdout, stderr } = await demo.done
  assert.equal(stderr, '')
  assert.equal(code, 130)
  assert.match(stdout, /stopped: all of it is committed, and the next start goes on from here\n$/)
})

test('a second one beside it is refused, and names the first', async t => {
  const folder = await newFolder(t)
  const demo = start(t, folder, 'examples/start.ts')
  await seen(demo, /readings [1-9]/)
  const { code, stderr } = await start(t, folder, 'examples/start.ts').done
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`app "sensor-sums" is running already .*by process ${demo.child.pid}`))
})
