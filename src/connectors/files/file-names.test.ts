import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { SourceProbe, WatchedClock } from '../../testing/index.ts'
import { fileNames } from './index.ts'

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-names-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('each file of a folder is named once, those of one look sorted, folders not', async t => {
  const folder = temporaryFolder(t)
  const clock = new WatchedClock()
  for (const name of ['b', 'a']) writeFileSync(join(folder, name), '')
  mkdirSync(join(folder, 'c'))
  const probe = new SourceProbe(fileNames(folder, { poll: 10 }), clock)
  await clock.asleep()
  for (const name of ['d', '0', 'a']) writeFileSync(join(folder, name), '')
  rmSync(join(folder, 'b'))
  await clock.round(10)
  writeFileSync(join(folder, 'b'), '')
  await clock.round(10)
  assert.deepEqual(
    await probe.stop(),
    ['a', 'b', '0', 'd'].map(name => join(folder, name)),
  )
})

test('a pattern names the files that match it, and waits for the first', async t => {
  const folder = temporaryFolder(t)
  const clock = new WatchedClock()
  const probe = new SourceProbe(fileNames(join(folder, '*', '*.csv'), { poll: 10 }), clock)
  await clock.asleep()
  mkdirSync(join(folder, 'x'))
  for (const name of ['2.csv', '1.csv', '1.txt']) writeFileSync(join(folder, 'x', name), '')
  await clock.round(10)
  assert.deepEqual(await probe.stop(), [join(folder, 'x', '1.csv'), join(folder, 'x', '2.csv')])
})

test('the next run goes on with files that were not named yet', async t => {
  const folder = temporaryFolder(t)
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), '')
  const source = fileNames(folder, { poll: 1 })
  const first = new SourceProbe(source).hold()
  await first.until(1)
  await first.stop()
  const second = new SourceProbe(source)
  await second.until(1)
  assert.deepEqual([first.values, await second.stop()], [[join(folder, 'a')], [join(folder, 'b')]])
})

test('a folder that does not exist is waited for, or an error where that is asked for', async t => {
  const folder = join(temporaryFolder(t), 'later')
  const failing = new SourceProbe(fileNames(folder, { missing: 'fail' }))
  await assert.rejects(failing.done, { code: 'SOURCE_FAILED', message: /does not exist; expected a folder/ })
  const clock = new WatchedClock()
  const waiting = new SourceProbe(fileNames(folder, { poll: 10 }), clock)
  await clock.asleep()
  mkdirSync(folder)
  writeFileSync(join(folder, 'a'), '')
  await clock.round(10)
  assert.deepEqual(await waiting.stop(), [join(folder, 'a')])
})
