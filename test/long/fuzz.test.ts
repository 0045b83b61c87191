/** A million inputs for each decoder, with a new seed each time; `SLUICE_SEED` repeats a run. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzExtractor } from '../../src/codec/extractor.fuzz.ts'
import { checkDecoder } from '../fuzz/check-decoder.ts'
import { DECODERS } from '../fuzz/decoders.ts'
import { propertyOptions } from '../properties/seed.ts'

const INPUTS = 1_000_000

test('the field extractor and JSON.parse agree on a million records', t => {
  const { seed, numRuns } = propertyOptions(t, INPUTS)
  const { read, refused } = fuzzExtractor({ iterations: numRuns, seed })
  t.diagnostic(`${read} read, ${refused} refused by both`)
  assert.equal(read + refused, numRuns)
})

for (const decoder of DECODERS) {
  test(`${decoder.name}: a million broken inputs do no harm`, t => {
    const { seed, numRuns } = propertyOptions(t, INPUTS)
    const { read, refused } = checkDecoder(decoder, numRuns, seed)
    t.diagnostic(`${read} read, ${refused} refused`)
    assert.equal(read + refused, numRuns)
  })
}
