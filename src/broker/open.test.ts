import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openBroker } from './open.ts'

test('each memory broker is a new one', async () => {
  const [first, second] = await Promise.all([openBroker('memory:'), openBroker('memory:')])
  await first.createTopic({ name: 'readings', partitions: 1, kind: 'user' })
  assert.deepEqual([await second.topics(), first.shared, first.url], [[], false, 'memory:'])
})

for (const name of [
  'broker',
  '.sluice',
  'with space',
  'per%20cent',
  'ünïcode',
  '~',
  "quo'te?mode=memory#x",
]) {
  test(`a file named ${JSON.stringify(name)} is found by a relative and by an absolute path`, async t => {
    const path = join(folder(t), name)
    const broker = await openBroker(`file:${relative(process.cwd(), path)}`)
    await broker.createTopic({ name: 'readings', partitions: 1, kind: 'user' })
    await broker.close()
    const again = await openBroker(`FILE:${path}`)
    assert.deepEqual([(await again.topics()).length, again.shared], [1, true])
    await again.close()
  })
}

for (const url of [
  '',
  'file:',
  'sluice',
  './.sluice',
  'memory:x',
  'kafka://localhost:9092',
  'http://x',
  'c:\\x',
]) {
  test(`the URL ${JSON.stringify(url)} is refused with what is known`, async () => {
    await assert.rejects(openBroker(url), { code: 'USAGE', message: /file:/ })
  })
}

test('what will come later says so', async () => {
  await assert.rejects(openBroker('kafka://localhost:9092'), { message: /not part of this version/ })
})

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'sluice-open-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}
