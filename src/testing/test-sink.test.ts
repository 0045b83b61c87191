import assert from 'node:assert/strict'
import test from 'node:test'
import { App } from '../app/index.ts'
import { json } from '../codec/index.ts'
import type { Sink, SinkTarget } from '../connect/index.ts'
import { crash, put } from './play.ts'
import { TEST_START_MS, TestDriver } from './test-driver.ts'
import { TestSink } from './test-sink.ts'

function program(sink: SinkTarget<number>) {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  app.stream(numbers).to(sink)
  return { driver: new TestDriver(app), numbers }
}

test('what is written becomes visible with its commit', async () => {
  const sink = new TestSink<number>()
  const { driver, numbers } = program(sink)
  await driver.play([put(numbers, 1), put(numbers, 2)])
  assert.deepEqual(sink.commits, [[1], [2]])
  assert.deepEqual(sink.visible, [1, 2])
})

for (const fails of ['throws', 'rejects'] as const) {
  test(`a prepare that ${fails} undoes the commit, and the next run does it again`, async () => {
    const sink = new TestSink<number>()
    const { driver, numbers } = program(sink)
    sink.fault({ call: 'prepare', at: n => n === 2, times: 2, fails })
    await driver.feed(numbers, [1, 2, 3])
    await assert.rejects(driver.run(), /the test lets prepare of \[1,2,3\] fail/)
    await assert.rejects(driver.run(), /the test lets prepare/)
    assert.deepEqual(sink.visible, [])
    await driver.run()
    assert.deepEqual(sink.visible, [1, 2, 3])
  })
}

test('an element that cannot be written is a failure of its step', async () => {
  const sink = new TestSink<number>()
  const { driver, numbers } = program(sink)
  sink.fault({ call: 'write', at: n => n === 2, fails: 'throws' })
  await driver.feed(numbers, [1, 2])
  await assert.rejects(driver.run(), { code: 'STEP_FAILED', message: /step "numbers.to" failed/ })
})

test('a commit of the sink may take its time, and everything waits for it', async () => {
  const sink = new TestSink<number>()
  const { driver, numbers } = program(sink)
  sink.fault({ call: 'commit', waits: () => driver.sleep('2s') })
  await driver.play([put(numbers, 1)])
  assert.deepEqual(sink.visible, [1])
  assert.equal(driver.clock.now(), TEST_START_MS + 2000)
})

test('a sink of one’s own is tested inside: shown twice where it does not wait for commits', async () => {
  const shown: number[] = []
  const hasty = (): Sink<number> => ({
    write: n => {
      shown.push(n)
    },
    prepare: () => undefined,
    commit: () => undefined,
    close: () => undefined,
  })
  const sink = new TestSink<number>({ open: hasty })
  const { driver, numbers } = program(sink)
  await driver.play(numbers, [1, crash(), 2])
  assert.deepEqual(shown, [1, 1, 2])
  assert.deepEqual(sink.visible, [1, 2])
})

test('what is neither a topic nor a sink is refused when the graph is built', () => {
  const app = new App('app')
  const stream = app.stream(app.topic('numbers', { value: json<number>() }))
  assert.throws(() => stream.to({} as SinkTarget<number>), {
    code: 'OPTION_INVALID',
    message: 'to was given {}; expected what app.topic(…) gave, or a sink with open()',
  })
})
