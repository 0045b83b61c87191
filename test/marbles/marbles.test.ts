/** The marble pictures show what operators do. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Stream } from 'sluice'
import { draw, textOf } from './draw.ts'
import { type MarbleSpec, play, readLane } from './play.ts'
import { SPECS } from './specs.ts'

const DOUBLE: MarbleSpec = {
  name: 'double',
  code: 'map(<double>)',
  inputs: ['1 2,3 . 4 |'],
  slots: 6,
  build: ([stream]) => {
    const numbers = stream as unknown as Stream<number>
    return numbers.map(n => {
      if (n === 3) throw new Error('three')
      return n * 2
    })
  },
}

test('a lane is read place by place', () => {
  assert.deepEqual(readLane('1 . a,b ! |', 5), [
    { kind: 'element', atMs: 0, value: 1 },
    { kind: 'element', atMs: 200, value: 'a' },
    { kind: 'element', atMs: 200, value: 'b' },
    { kind: 'flush', atMs: 300 },
    { kind: 'end', atMs: 400 },
  ])
  assert.throws(() => readLane('1 2 3', 2), /more than 2 places/)
})

test('what comes out is noted with its moment: elements, errors, the end', async () => {
  const { output } = await play(DOUBLE)
  assert.deepEqual(output, [
    { kind: 'element', atMs: 0, value: 2 },
    { kind: 'element', atMs: 100, value: 4 },
    { kind: 'error', atMs: 100 },
    { kind: 'element', atMs: 300, value: 8 },
    { kind: 'end', atMs: 400 },
  ])
})

test('marbles of one moment do not cover each other, and markup in the code is text', async () => {
  const svg = draw(DOUBLE, await play(DOUBLE))
  assert.ok(svg.includes('map(&lt;double&gt;)'))
  const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)"/g)].map(
    ([, x, y, width]) => ({
      left: Number(x),
      right: Number(x) + Number(width),
      y,
    }),
  )
  assert.equal(boxes.length, 4 + 3)
  for (const [number, box] of boxes.entries()) {
    const next = boxes[number + 1]
    if (next !== undefined && next.y === box.y) assert.ok(next.left > box.right)
  }
})

test('rows and counts are written in short', () => {
  assert.equal(textOf([1, 'a', [2]]), '[1 a [2]]')
  assert.equal(textOf(new Map([['a', 2]])), 'a:2')
})

test('every picture has something to show', async () => {
  assert.equal(new Set(SPECS.map(spec => spec.name)).size, SPECS.length)
  for (const spec of SPECS) {
    const { output } = await play(spec)
    assert.ok(
      output.some(happening => happening.kind === 'element'),
      spec.name,
    )
  }
})
