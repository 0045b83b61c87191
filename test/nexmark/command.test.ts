/** `npm run nexmark` answers as a command: rows alone on standard output, and errors that say what to do. */
import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import test, { type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { newFolder, ROOT } from '../examples/run-example.ts'
import type { Row } from './batch.ts'
import { assertRecorded, EVENTS_FILE, recordedAnswers } from './recorded.ts'

const MAIN = path.join(ROOT, 'examples', 'nexmark', 'main.ts')
const PERSON =
  '{"kind":"person","id":1,"name":"A","emailAddress":"a@b","creditCard":"1","city":"Kent","state":"WA","dateTime":5,"arrival":5,"extra":""}'
const BID =
  '{"kind":"bid","auction":7,"bidder":1,"price":1001,"channel":"Apple","url":"","dateTime":9,"arrival":9,"extra":"é"}'

const recorded = recordedAnswers()

for (const [name, workers] of [
  ['q1', 1],
  ['q5', 2],
  ['q16', 3],
] as const) {
  test(`the command answers ${name} with ${workers} worker processes, and leaves nothing behind`, async t => {
    const folder = await newFolder(t)
    const words = ['--data', EVENTS_FILE, '--query', name, '--workers', String(workers), '--jsonl']
    const { code, stdout, stderr } = await nexmark(t, folder, words)
    assert.equal(code, 0, stderr)
    const answer = recorded.get(name)
    assert.ok(answer)
    assertRecorded(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as Row),
      answer,
    )
    assert.deepEqual(readdirSync(folder), [])
  })
}

test('without --jsonl rows are cells with their names above', async t => {
  const folder = await newFolder(t)
  const file = path.join(folder, 'events')
  writeFileSync(file, gzipSync(`${PERSON}\r\n\n${BID}`))
  const { stdout, stderr } = await nexmark(t, folder, ['--data', file, '--query', 'q1'])
  assert.equal(stdout, 'auction\tbidder\tprice\tdateTime\textra\n7\t1\t908.908\t9\té\n', stderr)
})

const WRONG: Readonly<
  Record<string, { readonly lines?: string; readonly words?: readonly string[]; readonly says: RegExp }>
> = {
  'a line that is no JSON': { lines: `${PERSON}\n${BID}\nnonsense\n`, says: /events:3: .*one event as JSON/ },
  'a field that is missing': { lines: BID.replace('"price":1001,', ''), says: /events:1: .*price/ },
  'a field of another type': { lines: BID.replace('1001', '"1001"'), says: /events:1: .*price.*integer/s },
  'a kind that is unknown': { lines: `\n${BID.replace('bid', 'bit')}`, says: /events:2: kind is "bit"/ },
  'bytes that are no lines': { lines: 'x'.repeat(2_000_000), says: /events: line 1 is longer/ },
  'a file that is missing': { words: ['--data', 'nowhere', '--query', 'q0'], says: /nowhere does not exist/ },
  'a query that is unknown': { words: ['--data', EVENTS_FILE, '--query', 'q24'], says: /"q24".*q0, q1/ },
  'no query': { words: ['--data', EVENTS_FILE], says: /--query is missing/ },
  'no data': { words: ['--query', 'q0'], says: /--data is missing/ },
  'no number of workers': {
    words: ['--data', EVENTS_FILE, '--query', 'q0', '--workers', '0'],
    says: /--workers is 0/,
  },
  'an option that is unknown': { words: ['--date', 'x'], says: /--date/ },
}

for (const [what, { lines, words, says }] of Object.entries(WRONG)) {
  test(`the command refuses ${what}, and says so`, async t => {
    const folder = await newFolder(t)
    const file = path.join(folder, 'events')
    if (lines !== undefined) writeFileSync(file, lines)
    const { code, stdout, stderr } = await nexmark(t, folder, words ?? ['--data', file, '--query', 'q0'])
    assert.match(stderr, says)
    assert.equal(stdout, '')
    assert.equal(code, 2)
  })
}

test('a file that is cut off is refused', async t => {
  const folder = await newFolder(t)
  const file = path.join(folder, 'events.jsonl.gz')
  writeFileSync(file, gzipSync(`${BID}\n`.repeat(100)).subarray(0, -20))
  const { code, stdout, stderr } = await nexmark(t, folder, ['--data', file, '--query', 'q0'])
  assert.match(stderr, /events\.jsonl\.gz.*cut off/s)
  assert.equal(stdout, '')
  assert.equal(code, 2)
})

test('whoever reads only the first row leaves nothing behind either', async t => {
  const folder = await newFolder(t)
  const child = spawnCommand(t, folder, ['--data', EVENTS_FILE, '--query', 'q22', '--jsonl'])
  child.stdout.once('data', () => child.stdout.destroy())
  const [code] = (await once(child, 'exit')) as [number | null]
  assert.equal(code, 0)
  assert.deepEqual(readdirSync(folder), [])
})

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command; what it keeps meanwhile is in the folder too. */
async function nexmark(t: TestContext, folder: string, words: readonly string[]): Promise<Outcome> {
  const child = spawnCommand(t, folder, words)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

function spawnCommand(
  t: TestContext,
  folder: string,
  words: readonly string[],
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, ['--conditions=sluice-source', MAIN, ...words], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}
