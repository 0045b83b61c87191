/** What a change does to what is made of its rows. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { differences } from './change.ts'

test('rows that are made of both rows of a change stay, undefined among them', () => {
  const change = { before: [undefined, 1, undefined], after: [undefined, 1, 2] }
  assert.deepEqual(
    differences(change, row => row),
    [
      { before: undefined, after: null },
      { before: null, after: 2 },
    ],
  )
})
