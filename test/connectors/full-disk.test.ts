/** A disk that fills up under a file that is written: nothing is lost, doubled or torn. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { textFile } from '../../src/connectors/files/index.ts'
import { smallDisk } from '../faults/small-disk.ts'

const META = { time: 0, key: undefined }

test('a full disk takes nothing of a commit, and what is written again when there is room is in the file once', async t => {
  const disk = smallDisk(t, 2)
  if (disk === undefined) return t.skip('this process may not mount a disk')
  const path = join(disk.folder, 'out.txt')
  const ballast = join(disk.folder, 'ballast')
  const sink = textFile(path).open({
    step: 'out',
    task: 0,
    publish: () => undefined,
    delivered: () => undefined,
  })
  t.after(() => sink.close())
  sink.write('before', META)
  await sink.prepare(1)
  await sink.commit(1)

  writeFileSync(ballast, Buffer.alloc(1024 * 1024))
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'x'.repeat(60)}`)
  for (let attempt = 0; attempt < 2; attempt++) {
    for (const line of lines) sink.write(line, META)
    await assert.rejects(async () => sink.prepare(2), {
      code: 'SINK_FAILED',
      retryable: true,
      message: /no room is left on the disk/,
    })
    assert.equal(statSync(path).size, 'before\n'.length)
  }

  rmSync(ballast)
  for (const line of lines) sink.write(line, META)
  await sink.prepare(2)
  await sink.commit(2)
  assert.equal(readFileSync(path, 'utf8'), ['before', ...lines, ''].join('\n'))
})
