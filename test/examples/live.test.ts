/** The examples of live streams print what they say. Where the output depends on time, the test moves it. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ManualClock } from 'sluice'
import { type Measurement, store } from '../../examples/live/back-pressure.ts'
import { clicksPerSecond } from '../../examples/live/clicks.ts'
import { fibonacci } from '../../examples/live/fibonacci.ts'
import { writeInBatches } from '../../examples/live/timed-batches.ts'
import { turn, whileMoving } from '../live/turns.ts'
import { ROOT, start } from './run-example.ts'

const KEPT_BYTES_AT_MOST = 1_000_000

/** What each prints. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  'finite-iterator': ['12'],
  pulled: ['2', '6', '12'],
  pushed: ['[ 2, 6, 12 ]'],
  branching: ['even 2', 'odd -3', 'even 6', 'odd -8', 'even 12'],
  joining: ['-1', '3', '-2', '4'],
  'own-operator': ['20', '21.5', '19'],
  fibonacci: ['1', '2', '3', '5', '8', '13', '21', '34', '55', '89'],
  pool: ['1229', '3491', '6736', '10939'],
  'back-pressure': [20, 21, 22, 23, 24].map(c => `{ sensor: 'attic', kelvin: ${c + 273.15} }`),
}

for (const [name, lines] of Object.entries(PRINTED)) {
  test(`${name}.ts prints what it says, and ends`, async t => {
    const { code, stdout, stderr } = await start(t, ROOT, path.join('examples', 'live', `${name}.ts`)).done
    assert.deepEqual({ code, stderr, lines: stdout.trimEnd().split('\n') }, { code: 0, stderr: '', lines })
  })
}

test('timed-batches.ts writes every word once, in order, and ends', async t => {
  const { code, stdout, stderr } = await start(t, ROOT, 'examples/live/timed-batches.ts').done
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(stdout.trim().replaceAll('\n', ' '), 'the quick brown fox jumps over the lazy dog')
  assert.ok(stdout.trim().includes('\n'), 'several batches')
})

test('back-pressure: one write is under way at a time, one measurement is read ahead, and nothing piles up', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const counts = { read: 0, writing: 0, written: 0, most: 0, ahead: 0 }
  const heap: number[] = []
  async function* endless(): AsyncGenerator<Measurement> {
    for (; counts.read < 30_000; counts.read++) {
      if (counts.read % 10_000 === 0) {
        collectGarbage()
        heap.push(process.memoryUsage().heapUsed)
      }
      counts.ahead = Math.max(counts.ahead, counts.read - counts.written)
      yield { sensor: 'x'.repeat(100) + counts.read, celsius: 20 }
    }
  }
  await store(endless(), async () => {
    counts.writing++
    counts.most = Math.max(counts.most, counts.writing)
    await Promise.resolve()
    counts.writing--
    counts.written++
  })
  assert.deepEqual(counts, { read: 30_000, writing: 0, written: 30_000, most: 1, ahead: 0 })
  const [, before = 0, after = 0] = heap
  assert.ok(after - before < KEPT_BYTES_AT_MOST, `${after - before} bytes more`)
})

test('clicks.ts gives the clicks of each second as soon as it is over, and nothing of seconds without', async () => {
  const clock = new ManualClock()
  const page = new EventTarget()
  const counts = clicksPerSecond(page, { clock }).toArray()
  for (const pauseMs of [400, 599, 1, 3000]) {
    page.dispatchEvent(new Event('click'))
    clock.advance(pauseMs)
    await turn()
  }
  assert.deepEqual(counts, [
    { second: 0, clicks: 3 },
    { second: 1000, clicks: 1 },
  ])
})

test('timed batches: what came within 50 ms is one line, and the words wait when ten lines do', async () => {
  const clock = new ManualClock()
  const lines: string[] = []
  let mayWrite = (): void => {}
  const words = writeInBatches(
    line =>
      new Promise(resolve => {
        lines.push(line)
        mayWrite = resolve
      }),
    { clock },
  )
  for (const word of ['a', 'b', 'c']) assert.equal(words.emit(word), undefined)
  await advance(clock, 50)
  assert.deepEqual(lines, ['a b c'])
  await advance(clock, 200)
  assert.deepEqual(lines, ['a b c'], 'batches without a word are dropped, and one is written at a time')

  let emitted = 0
  for (; emitted < 100 && words.emit(`w${emitted}`) === undefined; emitted++) await advance(clock, 50)
  assert.equal(emitted, 11, 'ten batches wait, and one that has found no room')
  for (let written = 0; written < 12; written++) {
    mayWrite()
    await advance(clock, 50)
  }
  assert.deepEqual(lines, ['a b c', ...Array.from({ length: 12 }, (_, n) => `w${n}`)])
  await words.dispose()
})

test('fibonacci: one number comes each half second, from 1, 2, 3, 5 to 89', async () => {
  const clock = new ManualClock()
  const seen: string[] = []
  const numbers = fibonacci(n => seen.push(`${clock.now()}: ${n}`), { clock })
  await numbers.emit(0)
  await numbers.emit(1)
  await whileMoving(
    clock,
    until(() => seen.length === 10),
  )
  await numbers.dispose()
  assert.deepEqual(
    seen,
    [1, 2, 3, 5, 8, 13, 21, 34, 55, 89].map((n, index) => `${index * 500}: ${n}`),
  )
})

async function advance(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms)
  await turn()
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn()
}
