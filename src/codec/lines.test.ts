import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from './byte-writer.ts'
import { bytes } from './bytes.ts'
import type { Codec, ValueOf } from './codec.ts'
import { json } from './json.ts'
import { lines } from './lines.ts'

function write<T>(codec: Codec<T>, value: T): string {
  const into = new ByteWriter()
  into.writeUtf8('before\n')
  codec.encode(value, into)
  return String(into.toBytes()).slice('before\n'.length)
}

function read<T>(codec: Codec<T>, text: string | Uint8Array): T {
  const record = Buffer.from(text as string)
  // what stands around the record belongs to somebody else
  const input = Buffer.concat([Buffer.from('x\n'), record, Buffer.from('\ny')])
  return codec.decode(input, 2, 2 + record.length)
}

const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  ['\n', ['']],
  ['a', ['a']],
  ['a\n', ['a']],
  ['a\r\n', ['a']],
  ['a\nb', ['a', 'b']],
  ['a\r\n\r\nb\n', ['a', '', 'b']],
  ['a\rb\n', ['a\rb']],
  ['a\r', ['a\r']],
  ['é\n\n', ['é', '']],
]

for (const [text, expected] of CASES) {
  test(`${JSON.stringify(text)} holds ${expected.length} lines`, () => {
    assert.deepEqual(read(lines(), text), expected)
  })
}

test('lines come back, of strings and of JSON', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }).map(text => text.replace(/[\r\n]/g, ''))), values => {
      assert.deepEqual(read(lines(), write(lines(), values)), values)
    }),
  )
  const readings = lines(json({ sensor: 'string', value: 'number' }))
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ sensor: fc.string({ unit: 'binary' }), value: fc.integer() }, { noNullPrototype: true }),
      ),
      values => {
        const typed: ValueOf<typeof readings> = values
        assert.deepEqual(read(readings, write(readings, typed)), values)
      },
    ),
  )
})

test('an error names the line', () => {
  const readings = lines(json({ value: 'number' }))
  assert.throws(() => read(readings, '{"value":1}\n{"value":"x"}\n'), {
    name: 'CodecError',
    code: 'DECODE_FAILED',
    message: 'line 2: field "value" is "x" (string); expected number',
  })
  assert.throws(() => write(readings, [{ value: 1 }, { value: Number.NaN }]), {
    code: 'ENCODE_FAILED',
    message: /^line 2: field "value" is NaN/,
  })
})

test('an element with a line break cannot be written', () => {
  for (const element of ['a\nb', 'a\r', '\n']) {
    assert.throws(() => write(lines(), ['x', element]), {
      code: 'ENCODE_FAILED',
      message: /^line 2: found a line break/,
    })
  }
  assert.throws(() => write(lines(bytes()), [Uint8Array.of(1, 10, 2)]), { code: 'ENCODE_FAILED' })
  assert.throws(() => write(lines(), 'a' as unknown as string[]), { code: 'ENCODE_FAILED', message: /array/ })
})
