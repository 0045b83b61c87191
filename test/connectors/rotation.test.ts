/** A log that another process writes and rotates, while it is read and its reader stopped and started. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { tail } from '../../src/connectors/files/index.ts'
import { SourceProbe } from '../../src/testing/index.ts'
import { temporaryFolder } from '../broker/temporary-folder.ts'

const LINES = 20_000
const LINES_BETWEEN_STOPS = 1500

test('each line comes once and in order, over rotations and stops', async t => {
  const path = join(temporaryFolder(), 'log')
  const writer = fork(join(import.meta.dirname, 'programs', 'rotating-writer.ts'), [path, String(LINES)])
  t.after(() => writer.kill('SIGKILL'))
  // It may end just when it is asked to rotate once more.
  writer.on('error', () => undefined)
  const source = tail(path, { poll: 1 })
  const lines: string[] = []
  let rotations = 0
  while (lines.length < LINES) {
    const probe = new SourceProbe(source)
    t.after(() => probe.stop())
    let seen = 0
    while (seen < LINES_BETWEEN_STOPS && lines.length + seen < LINES) {
      await probe.until(seen + 1)
      seen = probe.values.length
      // The next rotation only when lines of the file after the last one have come: one at a time.
      if (generationOf(probe.values.at(-1)) === rotations && writer.connected) {
        rotations++
        writer.send('rotate')
      }
    }
    // While nobody reads, no file may be replaced; after the last line none is.
    while (lines.length + probe.values.length < LINES && generationOf(probe.values.at(-1)) < rotations) {
      await probe.until(probe.values.length + 1)
    }
    lines.push(...(await probe.stop()))
  }
  assert.deepEqual(
    lines.map(line => line.split(' ').slice(1).join(' ')),
    Array.from({ length: LINES }, (_, index) => `${index} é`),
  )
  t.diagnostic(`${rotations} rotations`)
})

/** In which file a line was written, counted from 0. */
function generationOf(line: string | undefined): number {
  return Number(line?.split(' ')[0])
}
