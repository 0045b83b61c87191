/** What each step counts: derived numbers are those that counting at every step would give. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, tumbling } from 'sluice'
import { TestDriver } from 'sluice/testing'

const ELEMENTS = 100

function program() {
  const app = new App('steps')
  const numbers = app.topic('numbers', {
    value: json({ n: 'number' }),
    partitions: 2,
  })
  const checked = app
    .stream(numbers)
    .eventTime(({ n }) => n)
    .map(
      ({ n }) => {
        if (n % 10 === 7) throw new Error('no sevens')
        return n
      },
      { id: 'check', onError: 'skip' },
    )
  const even = checked.filter(n => n % 2 === 0, { id: 'even' })
  const twice = even.flatMap(n => [n, n], { id: 'twice' })
  const windows = twice.keyBy(n => n % 3, { id: 'key' }).window(tumbling(25))
  windows.count({ id: 'count' }).toArray()
  checked.map(async n => n, { id: 'later' }).toArray()
  return { app, numbers }
}

for (const workers of [1, 2]) {
  test(`every step counts what comes in, goes out and fails, with ${workers} workers`, async () => {
    const { app, numbers } = program()
    const driver = new TestDriver(app, { workers })
    await driver.feed(
      numbers,
      Array.from({ length: ELEMENTS }, (_, n) => ({ n })),
    )
    await driver.drain()
    const last = new Map(
      driver.events.flatMap(event => (event.type === 'progress' ? [[event.worker, event] as const] : [])),
    )
    assert.equal(last.size, workers)
    const sum = (step: string): readonly number[] => {
      const found = [...last.values()].flatMap(event => event.steps.filter(each => each.step === step))
      return [
        found.reduce((total, each) => total + each.in, 0),
        found.reduce((total, each) => total + each.out, 0),
        found.reduce((total, each) => total + each.failed, 0),
      ]
    }
    assert.deepEqual(sum('numbers'), [100, 100, 0])
    assert.deepEqual(sum('check'), [100, 90, 10])
    assert.deepEqual(sum('even'), [90, 50, 0])
    assert.deepEqual(sum('twice'), [50, 100, 0])
    assert.deepEqual(sum('key'), [100, 100, 0])
    // 3 keys in 4 windows
    assert.deepEqual(sum('count'), [100, 12, 0])
    assert.deepEqual(sum('later'), [90, 90, 0])
  })
}
