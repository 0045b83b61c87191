import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Box, type Node, placeNodes } from './svg-layout.ts'

const BOXES = fc
  .array(
    fc.record({ inputs: fc.array(fc.nat(30), { maxLength: 3 }), height: fc.integer({ min: 20, max: 80 }) }),
    {
      minLength: 1,
      maxLength: 25,
    },
  )
  .map(boxes =>
    boxes.map(
      ({ inputs, height }, index): Box => ({
        id: `b${index}`,
        inputs: [...new Set(inputs.filter(input => input < index).map(input => `b${input}`))],
        width: 60 + height,
        height,
      }),
    ),
  )

test('no two boxes overlap, every edge goes to the right, and no edge runs behind a box', () => {
  fc.assert(
    fc.property(BOXES, boxes => {
      const layers = placeNodes(boxes)
      const placed = boxes.map(box => layers.nodeOf(box.id))
      const edges = boxes.flatMap(box => box.inputs.map(input => layers.stationsOf(input, box.id)))
      const standIns = edges.flatMap(stations => stations.slice(1, -1))
      const all = [...placed, ...standIns]
      for (const [index, a] of all.entries()) {
        for (const b of all.slice(index + 1)) assert.ok(!overlap(a, b), `${a.id} and ${b.id}`)
      }
      for (const stations of edges) {
        stations.slice(1).forEach((to, index) => {
          const from = stations[index]!
          assert.ok(from.x + from.width < to.x)
        })
      }
    }),
    { numRuns: 200 },
  )
})

function overlap(a: Node, b: Node): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}
