import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { SourceProbe, WatchedClock } from '../../testing/index.ts'
import { type TailOptions, tail } from './index.ts'

const POLL_MS = 100

function temporaryPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tail-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'log')
}

interface Tailed {
  readonly path: string
  readonly probe: SourceProbe<string>
  readonly clock: WatchedClock
  /** Lets the source look again, and gives all lines so far. */
  look(): Promise<readonly string[]>
}

/** Tails a file until its end; undefined: there is no file yet. */
async function tailed(
  t: TestContext,
  content: string | undefined,
  options: TailOptions = {},
): Promise<Tailed> {
  const path = temporaryPath(t)
  if (content !== undefined) writeFileSync(path, content)
  const clock = new WatchedClock()
  const probe = new SourceProbe(tail(path, { poll: POLL_MS, ...options }), clock)
  t.after(() => probe.stop().catch(() => undefined))
  await clock.asleep()
  const look = async (): Promise<readonly string[]> => {
    await clock.round(POLL_MS)
    return probe.values
  }
  return { path, probe, clock, look }
}

test('lines come without their delimiter, those that are appended too', async t => {
  const { path, probe, look } = await tailed(t, 'one\n\ntwo\n')
  assert.deepEqual(probe.values, ['one', '', 'two'])
  appendFileSync(path, 'three\n')
  assert.deepEqual(await look(), ['one', '', 'two', 'three'])
})

test('an unfinished line is kept until it is completed, characters split over reads too', async t => {
  const bytes = Buffer.from('zwei é𝄞\n')
  const { path, probe, look } = await tailed(t, 'one\n')
  for (const byte of bytes) {
    assert.deepEqual(probe.values, ['one'])
    appendFileSync(path, Buffer.of(byte))
    await look()
  }
  assert.deepEqual(probe.values, ['one', 'zwei é𝄞'])
})

test('from the end, only lines come that are completed from now on, and those whole', async t => {
  const { path, probe, look } = await tailed(t, 'one\ntwo\nthr', { from: 'end' })
  assert.deepEqual(probe.values, [])
  appendFileSync(path, 'ee\nfour\n')
  assert.deepEqual(await look(), ['three', 'four'])
})

test('from the end of a long file without any delimiter, its line is still whole', async t => {
  const start = 'x'.repeat(200_000)
  const { path, look } = await tailed(t, start, { from: 'end' })
  appendFileSync(path, '!\n')
  assert.deepEqual(await look(), [`${start}!`])
})

test('a delimiter of several characters may be split over reads, and stays where that is asked for', async t => {
  const { path, look } = await tailed(t, 'one\r', { delimiter: '\r\n', keepDelimiter: true })
  appendFileSync(path, '\ntwo\r\n')
  assert.deepEqual(await look(), ['one\r\n', 'two\r\n'])
})

test('a file that is not there yet is waited for, and read whole', async t => {
  const { path, look } = await tailed(t, undefined, { from: 'end' })
  assert.deepEqual(await look(), [])
  writeFileSync(path, 'one\n')
  assert.deepEqual(await look(), ['one'])
})

test('a file that is not there is an error where that is asked for', async t => {
  const probe = new SourceProbe(tail(temporaryPath(t), { missing: 'fail' }))
  await assert.rejects(probe.done, {
    code: 'SOURCE_FAILED',
    message: /does not exist; expected a path that does/,
  })
})

test('a folder is an error', async t => {
  const probe = new SourceProbe(tail(join(temporaryPath(t), '..')))
  await assert.rejects(probe.done, { code: 'SOURCE_FAILED', message: /is a folder or a device/ })
})

test('a truncated file is read from its beginning, after what was unfinished', async t => {
  const { path, look } = await tailed(t, 'one\ntwo\nunfinished')
  truncateSync(path, 0)
  appendFileSync(path, 'three\n')
  assert.deepEqual(await look(), ['one', 'two', 'unfinished', 'three'])
})

test('a file that was truncated and has grown beyond where it was read is read from its beginning', async t => {
  const { path, look } = await tailed(t, 'one\n')
  writeFileSync(path, 'three\nfour\nfive\n')
  assert.deepEqual(await look(), ['one', 'three', 'four', 'five'])
})

test('a rotated file is read to its end, later lines too, and then the new one', async t => {
  const { path, look } = await tailed(t, 'one\n')
  renameSync(path, `${path}.1`)
  appendFileSync(`${path}.1`, 'two\n')
  assert.deepEqual(await look(), ['one', 'two'])
  writeFileSync(path, 'five\n')
  appendFileSync(`${path}.1`, 'three\n')
  await look()
  appendFileSync(`${path}.1`, 'four\nunfinished')
  for (let round = 0; round < 3; round++) await look()
  assert.deepEqual(await look(), ['one', 'two', 'three', 'four', 'unfinished', 'five'])
})

test('nothing is lost or doubled over many rotations with a writer that goes on', async t => {
  const { path, probe, look } = await tailed(t, '')
  let number = 0
  const write = (): void => appendFileSync(path, `${++number}\n`)
  for (let rotation = 0; rotation < 20; rotation++) {
    for (let line = 0; line <= rotation % 3; line++) write()
    if (rotation % 2 === 0) await look()
    write()
    renameSync(path, `${path}.${rotation}`)
    write()
    for (let round = 0; round < 3; round++) await look()
  }
  assert.deepEqual(
    probe.values.map(Number),
    Array.from({ length: number }, (_, index) => index + 1),
  )
})

test('a stop keeps an unfinished line, and the next run gives it whole, and nothing twice', async t => {
  const path = temporaryPath(t)
  writeFileSync(path, 'one\ntwo\nthr')
  const source = tail(path, { poll: POLL_MS })
  const clock = new WatchedClock()
  const first = new SourceProbe(source, clock)
  await clock.asleep()
  await first.stop()
  appendFileSync(path, 'ee\n')
  const second = new SourceProbe(source)
  await second.until(1)
  assert.deepEqual([first.values, await second.stop()], [['one', 'two'], ['three']])
})

test('a stop in the middle of a chunk goes on in the next run with the line after the last', async t => {
  const path = temporaryPath(t)
  writeFileSync(path, 'one\ntwo\nthree\n')
  const source = tail(path, { atEnd: 'stop' })
  const first = new SourceProbe(source).hold()
  await first.until(1)
  await first.stop()
  const second = new SourceProbe(source).fail(new Error('no room'))
  await assert.rejects(second.done, { message: 'no room' })
  const third = new SourceProbe(source)
  await third.done
  assert.deepEqual([first.values, second.values, third.values], [['one'], ['two'], ['three']])
})

test('a file that was replaced between two runs is read from its beginning', async t => {
  const path = temporaryPath(t)
  writeFileSync(path, 'one\n')
  const source = tail(path, { atEnd: 'stop' })
  await new SourceProbe(source).done
  rmSync(path)
  writeFileSync(path, 'two\nthree\n')
  const second = new SourceProbe(source)
  await second.done
  assert.deepEqual(second.values, ['two', 'three'])
})

test('at a stop an unfinished line is given where that is asked for', async t => {
  const { probe } = await tailed(t, 'one\ntw', { unfinished: 'give' })
  assert.deepEqual(await probe.stop(), ['one', 'tw'])
})

test('reading may end with the file, its last line given without delimiter too', async t => {
  const path = temporaryPath(t)
  writeFileSync(path, 'one\ntwo')
  const probe = new SourceProbe(tail(path, { atEnd: 'stop' }))
  await probe.done
  assert.deepEqual(probe.values, ['one', 'two'])
})

test('while an element is held back, the file is read no further than one chunk', async t => {
  const path = temporaryPath(t)
  writeFileSync(path, 'line\n'.repeat(100_000))
  const probe = new SourceProbe(tail(path, { atEnd: 'stop' })).hold()
  await probe.until(1)
  // What was not read yet can still be changed: it would come otherwise.
  truncateSync(path, 100_000)
  probe.release()
  await probe.done
  assert.equal(probe.values.length, 20_000)
})

test('a line that is too long is an error with its place, and loses nothing', async t => {
  const path = temporaryPath(t)
  writeFileSync(path, `one\n${'x'.repeat(50)}\n`)
  const source = tail(path, { maxLineBytes: 20 })
  const first = new SourceProbe(source)
  await assert.rejects(first.done, {
    code: 'SOURCE_FAILED',
    message: /line at byte 4 is longer than 20 bytes/,
  })
  assert.deepEqual(first.values, ['one'])
})

test('lines can come as bytes, whatever they are', async t => {
  const path = temporaryPath(t)
  writeFileSync(path, Buffer.of(0xff, 0x0a))
  const probe = new SourceProbe(tail(path, { as: 'bytes', atEnd: 'stop' }))
  await probe.done
  assert.deepEqual(probe.values, [Uint8Array.of(0xff)])
})
