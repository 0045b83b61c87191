import assert from 'node:assert/strict'
import test from 'node:test'
import { concurrencyOf } from './async-options.ts'

const PLACE = { name: 'mapAsync', isKeyed: false }

test('one call at a time, in order, is what nobody has to say', () => {
  assert.deepEqual(concurrencyOf({}, PLACE), {
    concurrency: 1,
    capacity: 1,
    order: 'all',
    timeoutMs: undefined,
    breaker: undefined,
  })
})

test('as many may be in flight as may be under way, unless it says more', () => {
  assert.equal(concurrencyOf({ concurrency: 7 }, PLACE).capacity, 7)
  assert.equal(concurrencyOf({ concurrency: 7, capacity: 70 }, PLACE).capacity, 70)
})

test('durations become milliseconds', () => {
  const { timeoutMs, breaker } = concurrencyOf({ timeout: '2s', breaker: { after: 5, pause: '1m' } }, PLACE)
  assert.deepEqual([timeoutMs, breaker], [2000, { after: 5, pauseMs: 60_000 }])
})

const WRONG: readonly (readonly [options: object, message: RegExp])[] = [
  [{ order: 'key' }, /^mapAsync: order is "key", but elements have no key here; put keyBy/],
  [{ order: true }, /^mapAsync: order is true; expected "all", "key" or "none"$/],
  [{ concurrency: 4, capacity: 3 }, /^mapAsync: capacity is 3 and concurrency is 4; .* 4 or more$/],
  [{ concurrency: 0 }, /^mapAsync: concurrency is 0; expected a whole number ≥ 1$/],
  [{ timeout: 'soon' }, /^mapAsync: timeout is "soon"; expected whole milliseconds/],
  [{ breaker: 5 }, /^mapAsync: breaker is 5; expected \{ after: 5, pause: "30s" \}$/],
  [{ breaker: { after: 5 } }, /^mapAsync: pause of the breaker is undefined; expected/],
  [{ breaker: { after: 1.5, pause: 1 } }, /^mapAsync: after of the breaker is 1\.5; expected a whole number/],
  [{ breaker: { after: 1, pause: 0 } }, /^mapAsync: pause of the breaker is 0; it must be longer than 0$/],
  [
    { breaker: { after: 1, pauses: 1 } },
    /^mapAsync: breaker: there is no option "pauses"; there are after, pause$/,
  ],
]

for (const [options, message] of WRONG) {
  test(`${JSON.stringify(options)} is refused, with what was expected`, () => {
    assert.throws(() => concurrencyOf(options, PLACE), { code: 'OPTION_INVALID', message })
  })
}
