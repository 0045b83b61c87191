/** State per window, as programs have it: what each window collected, at its close and ten seconds ago. */
import assert from 'node:assert/strict'
import test from 'node:test'
import app, { events, found } from '../../examples/windows-by-hand.ts'
import { TestDriver } from '../../src/testing/index.ts'

for (const workers of [1, 2]) {
  test(`every event is in all its windows, and each closes once, with ${workers} workers`, async () => {
    const driver = new TestDriver(app, { workers })
    for (const second of [1, 6, 12, 13]) {
      await driver.feed(events, [{ key: 'a', time: second * 1000 }])
      driver.crashAt({ moment: 'beforeCommit' })
      await driver.run()
      await driver.run()
    }
    await driver.drain()
    assert.deepEqual(await driver.values(found), [
      'at 1: newest [1], before nothing',
      'at 6: newest [6], before [1]',
      '[-5, 5) had 1',
      'at 12: newest [12], before [1] [1,6]',
      '[0, 10) had 1,6',
      'at 13: newest [12,13], before [1] [1,6]',
      '[5, 15) had 6,12,13',
      '[10, 20) had 12,13',
    ])
  })
}
