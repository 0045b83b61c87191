import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { tumbling, tumblingSpans } from './tumbling.ts'

test('windows begin at the epoch plus their offset', () => {
  assert.equal(tumblingSpans('10ms').sliceAt(25).start, 20)
  assert.equal(tumblingSpans('10ms', { offset: '3ms' }).sliceAt(25).start, 23)
  assert.equal(tumblingSpans('10ms', { offset: '3ms' }).sliceAt(22).start, 13)
})

test('before the epoch windows go on as after it', () => {
  assert.equal(tumblingSpans('10ms').sliceAt(-1).start, -10)
  assert.equal(tumblingSpans('10ms').sliceAt(-10).start, -10)
})

test('a time lies in the window that begins last at or before it', () => {
  const size = fc.integer({ min: 1, max: 1000 })
  fc.assert(
    fc.property(size, fc.nat(), fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), (sizeMs, offset, time) => {
      const start = tumblingSpans(sizeMs, { offset: offset % sizeMs }).sliceAt(time).start
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
  assert.equal(tumblingSpans('5s').fingerprint, 'tumbling(5000)')
  assert.equal(tumblingSpans('5s', { offset: '1s' }).fingerprint, 'tumbling(5000+1000)')
})
