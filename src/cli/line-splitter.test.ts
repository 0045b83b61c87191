import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineSplitter } from './line-splitter.ts'

test('lines are the same however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'é', '\n', ' '), { maxLength: 40 }),
      fc.nat(),
      (letters, seed) => {
        const bytes = Buffer.from(letters.join(''))
        const splitter = new LineSplitter()
        const lines: string[] = []
        let from = 0
        for (let step = seed % 5; from < bytes.length; step = (step * 3 + 1) % 7) {
          const chunk = bytes.subarray(from, from + step + 1)
          lines.push(...splitter.push(chunk).map(String))
          from += chunk.length
        }
        lines.push(...splitter.end().map(String))
        const expected = bytes.toString().split('\n')
        assert.deepEqual(lines, expected.at(-1) === '' ? expected.slice(0, -1) : expected)
      },
    ),
  )
})
