/**
 * The recorded cases of streamz 0.6.5. Where streamz loses data, `better-streamz.jsonl` says what is
 * right instead.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { playCase } from './formats.ts'
import { differences, play, type StreamzCase } from './streamz/play.ts'

const HERE = import.meta.dirname
const cases = read('streamz/cases.jsonl')
const better = new Map(read('better-streamz.jsonl').map(each => [each.id, each]))

const groups = Map.groupBy(cases, each => each.id.replace(/-\d+$/, ''))
for (const [operator, recorded] of groups) {
  test(`${operator}: what streamz gave in ${recorded.length} recorded cases`, async () => {
    for (const each of recorded) {
      if (each.streamzLosesData === true) await gives(each, better.get(each.id))
      else assert.deepEqual(differences(each, await play(each)), [], each.id)
    }
  })
}

test('every case in which streamz loses data has a better result', () => {
  const losing = cases.filter(each => each.streamzLosesData === true).map(each => each.id)
  assert.deepEqual([...better.keys()].sort(), losing.sort())
})

test('a case with another result fails, and one of an unknown format too', async () => {
  const [first] = cases
  const wrong = await playCase({ ...first, output: { out: [1] } })
  assert.equal(wrong.kind, 'failed')
  assert.equal((await playCase({ id: 'x', riddle: 1 })).kind, 'failed')
  assert.equal((await playCase({ id: 'x', chunks: [] })).kind, 'unbuilt')
})

test('the command counts cases, and fails when there are none', async () => {
  const root = path.join(HERE, '..', '..')
  const run = promisify(execFile)(
    process.execPath,
    ['--conditions=sluice-source', path.join(HERE, 'main.ts'), path.join(HERE, 'streamz')],
    { cwd: root },
  )
  assert.match((await run).stdout, /^424 passed, 0 failed\n$/)
  await assert.rejects(
    promisify(execFile)(
      process.execPath,
      ['--conditions=sluice-source', path.join(HERE, 'main.ts'), path.join(root, 'docs')],
      { cwd: root },
    ),
    { code: 1, stdout: '0 passed, 0 failed\n' },
  )
})

async function gives(recorded: StreamzCase, right: StreamzCase | undefined): Promise<void> {
  assert.ok(right !== undefined, `better-streamz.jsonl has no case "${recorded.id}"`)
  assert.deepEqual(differences({ ...recorded, ...right }, await play(recorded)), [], recorded.id)
}

function read(file: string): readonly StreamzCase[] {
  const lines = readFileSync(path.join(HERE, file), 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as StreamzCase)
}
