import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { tumbling } from './tumbling.ts'
import { lastWindowStart, windowsFingerprint } from './windows.ts'

test('windows begin at the epoch plus their offset', () => {
  assert.equal(lastWindowStart(tumbling('10ms'), 25), 20)
  assert.equal(lastWindowStart(tumbling('10ms', { offset: '3ms' }), 25), 23)
  assert.equal(lastWindowStart(tumbling('10ms', { offset: '3ms' }), 22), 13)
})

test('before the epoch windows go on as after it', () => {
  assert.equal(lastWindowStart(tumbling('10ms'), -1), -10)
  assert.equal(lastWindowStart(tumbling('10ms'), -10), -10)
})

test('a time lies in the window that begins last at or before it', () => {
  const size = fc.integer({ min: 1, max: 1000 })
  fc.assert(
    fc.property(size, fc.nat(), fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), (sizeMs, offset, time) => {
      const start = lastWindowStart(tumbling(sizeMs, { offset: offset % sizeMs }), time)
      assert.ok(start <= time && time < start + sizeMs)
      assert.equal(Math.abs((start - (offset % sizeMs)) % sizeMs), 0)
    }),
  )
})

test('a window without length, or with an offset beyond it, is refused', () => {
  assert.throws(() => tumbling(0), { code: 'OPTION_INVALID', message: /size of tumbling windows is 0/ })
  assert.throws(() => tumbling('1s', { offset: '1s' }), {
    code: 'OPTION_INVALID',
    message: 'the offset of tumbling windows is 1000 ms; it must be less than their size, 1000 ms',
  })
})

test('windows of another size or offset have another fingerprint', () => {
  assert.equal(windowsFingerprint(tumbling('5s')), 'tumbling(5000)')
  assert.equal(windowsFingerprint(tumbling('5s', { offset: '1s' })), 'tumbling(5000+1000)')
})
