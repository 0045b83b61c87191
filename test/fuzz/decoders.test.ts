/** Every decoder over broken bytes, in a few seconds; `test/long/fuzz.test.ts` does so at length. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDecoder } from './check-decoder.ts'
import { DECODERS } from './decoders.ts'

for (const decoder of DECODERS) {
  test(`${decoder.name}: broken bytes are read or refused, and do no harm`, t => {
    const { read, refused } = checkDecoder(decoder, 5000, 1)
    t.diagnostic(`${read} read, ${refused} refused`)
    assert.ok(read > 0)
  })
}
