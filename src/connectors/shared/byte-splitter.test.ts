import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ByteSplitter, LineTooLong } from './byte-splitter.ts'

function split(delimiter: string, chunks: readonly Buffer[]): readonly string[] {
  const splitter = new ByteSplitter(delimiter)
  const lines = chunks.flatMap(chunk => Array.from(splitter.push(chunk), line => line.toString()))
  const rest = splitter.end()
  return rest === undefined ? lines : [...lines, rest.toString()]
}

test('whatever the chunks, the lines are those of the whole', () => {
  const piece = fc.constantFrom('a', 'b', 'é', '𝄞', 'ab', 'aab', '\n')
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.constantFrom('\n', 'ab', 'aab', 'é', 'aaaa'),
      fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 }),
      (pieces, delimiter, cuts) => {
        const whole = Buffer.from(pieces.join(''))
        const at = [0, ...cuts.map(cut => Math.min(cut, whole.length)), whole.length].toSorted(
          (a, b) => a - b,
        )
        const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end))
        const expected = whole.toString().split(delimiter)
        if (expected.at(-1) === '') expected.pop()
        assert.deepEqual(split(delimiter, chunks), expected)
      },
    ),
  )
})

test('a line of as many bytes as allowed is given, one more is refused, however it comes', () => {
  for (const size of [1, 2, 3, 11]) {
    const push = (text: string): readonly string[] => {
      const splitter = new ByteSplitter('\n', 4)
      const lines: string[] = []
      for (let from = 0; from < text.length; from += size) {
        for (const line of splitter.push(Buffer.from(text.slice(from, from + size)))) lines.push(String(line))
      }
      return lines
    }
    assert.deepEqual(push('abcd\nef\n'), ['abcd', 'ef'])
    assert.throws(() => push('ab\nabcde\n'), LineTooLong)
    assert.throws(() => push('abcdefgh'), LineTooLong)
  }
})

test('a line that comes byte by byte takes no more than twice its size', () => {
  const splitter = new ByteSplitter('\n')
  const byte = Buffer.from('x')
  for (let count = 0; count < 100_000; count++)
    for (const _ of splitter.push(byte)) assert.fail('no line has ended')
  assert.equal(splitter.pendingBytes, 100_000)
  assert.equal(splitter.end()?.length, 100_000)
  assert.equal(splitter.pendingBytes, 0)
})
