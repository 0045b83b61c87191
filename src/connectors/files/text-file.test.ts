import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Sink, SinkHost } from '../../connect/index.ts'
import { type TextFileOptions, textFile } from './index.ts'

const HOST: SinkHost = { step: 'out', task: 0, publish: () => undefined, delivered: () => undefined }
const META = { time: 0, key: undefined }

function temporaryPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-text-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'out.txt')
}

function opened(t: TestContext, path: string, options: TextFileOptions = {}): Sink<string> {
  const sink = textFile(path, options).open(HOST)
  t.after(() => sink.close())
  return sink
}

async function committed(sink: Sink<string>, lines: readonly string[], id = 1): Promise<void> {
  for (const line of lines) sink.write(line, META)
  await sink.prepare(id)
  await sink.commit(id)
}

test('elements are lines, in order, behind what was there', async t => {
  const path = temporaryPath(t)
  writeFileSync(path, 'zero\n')
  const sink = opened(t, path)
  await committed(sink, ['one', 'zwei é'])
  await committed(sink, ['three'], 2)
  assert.equal(readFileSync(path, 'utf8'), 'zero\none\nzwei é\nthree\n')
})

test('what was written is in the file before the commit counts, and not earlier', async t => {
  const path = temporaryPath(t)
  const sink = opened(t, path)
  await committed(sink, ['one'])
  sink.write('two', META)
  assert.equal(readFileSync(path, 'utf8'), 'one\n')
  await sink.prepare(2)
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
})

test('without append each run starts with an empty file', async t => {
  const path = temporaryPath(t)
  const target = textFile(path, { append: false, end: ';' })
  for (const run of ['first', 'second']) {
    const sink = target.open(HOST)
    await committed(sink, [run, 'x'])
    await committed(sink, ['y'], 2)
    await sink.close()
  }
  assert.equal(readFileSync(path, 'utf8'), 'second;x;y;')
})

test('several tasks write into one file, each commit in one piece', async t => {
  const path = temporaryPath(t)
  const target = textFile(path)
  const sinks = [0, 1, 2].map(task => target.open({ ...HOST, task }))
  await Promise.all(
    sinks.map((sink, task) =>
      committed(
        sink,
        Array.from({ length: 1000 }, () => `${task}`),
      ),
    ),
  )
  for (const sink of sinks) await sink.close()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  assert.equal(lines.length, 3000)
  assert.equal(lines.filter((line, index) => line !== lines[index - 1]).length, 3)
})

test('what is no text is refused, and harms nothing else', async t => {
  const path = temporaryPath(t)
  const sink = opened(t, path)
  // As a program without types would call it.
  const wrong = 5 as unknown as string
  assert.throws(() => sink.write(wrong, META), {
    code: 'ENCODE_FAILED',
    message: /found 5; expected text: map the elements/,
  })
  await committed(sink, ['one'])
  assert.equal(readFileSync(path, 'utf8'), 'one\n')
})

test('a folder that does not exist is an error, and who writes again when it does has it in the file once', async t => {
  const path = temporaryPath(t)
  rmSync(join(path, '..'), { recursive: true })
  const sink = opened(t, path)
  sink.write('one', META)
  await assert.rejects(async () => sink.prepare(1), {
    code: 'SINK_FAILED',
    retryable: true,
    message: /the folder it is in, does not exist/,
  })
  mkdirSync(join(path, '..'))
  await committed(sink, ['one', 'two'])
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
})
