import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drawingOrder, edgesOf } from './edges.ts'
import { resolvePolicy } from './policy.ts'
import type { Step } from './step.ts'
import { type Box, type Layout, type Point, placeNodes } from './svg-layout.ts'

interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const INPUT = fc.record({
  place: fc.nat(30),
  labelWidth: fc.constantFrom(0, 30, 150),
  labelHeight: fc.constantFrom(17, 60),
})

/** Boxes as they come from any graph, loops and double edges included. */
const BOXES = fc
  .array(fc.record({ inputs: fc.array(INPUT, { maxLength: 4 }), height: fc.integer({ min: 20, max: 80 }) }), {
    minLength: 1,
    maxLength: 25,
  })
  .map(drafts => {
    const inputs = drafts.map(draft => draft.inputs.filter(({ place }) => place < drafts.length))
    const steps = drafts.map((_, place) =>
      plainStep(
        `b${place}`,
        (inputs[place] ?? []).map(input => `b${input.place}`),
      ),
    )
    const edges = edgesOf({ name: 'boxes', steps })
    return drawingOrder(steps, edges).map((place): Box => {
      const height = drafts[place]?.height ?? 0
      return {
        id: `b${place}`,
        width: 60 + height,
        height,
        inputs: edges
          .filter(edge => edge.to === place)
          .map((edge, index) => {
            const { labelWidth = 0, labelHeight = 0 } = inputs[place]?.[index] ?? {}
            return {
              from: `b${edge.from}`,
              leadsBack: edge.closesLoop,
              labelWidth,
              labelHeight: labelWidth === 0 ? 0 : labelHeight,
            }
          }),
      }
    })
  })

test('no two boxes overlap, and all is within the picture', () => {
  fc.assert(
    fc.property(BOXES, boxes => {
      const layout = placeNodes(boxes)
      const placed = boxes.map(box => layout.nodeOf(box.id))
      for (const [index, a] of placed.entries()) {
        for (const b of placed.slice(index + 1)) assert.ok(!overlap(a, b), `${a.id} and ${b.id}`)
      }
      for (const { points } of routesOf(boxes, layout)) {
        for (const { x, y } of points) {
          assert.ok(x >= 0 && y >= 0 && x <= layout.width && y <= layout.height, `${x},${y}`)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('no edge runs behind a box', () => {
  fc.assert(
    fc.property(BOXES, boxes => {
      const layout = placeNodes(boxes)
      const placed = boxes.map(box => layout.nodeOf(box.id))
      for (const route of routesOf(boxes, layout)) {
        for (const line of linesOf(route.points)) {
          for (const box of placed) assert.ok(!overlap(line, box), `${JSON.stringify(line)} and ${box.id}`)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('every edge but those that lead back goes to the right only', () => {
  fc.assert(
    fc.property(BOXES, boxes => {
      for (const route of routesOf(boxes, placeNodes(boxes))) {
        if (route.leadsBack) continue
        route.points.slice(1).forEach((to, index) => {
          assert.ok((route.points[index]?.x ?? 0) <= to.x)
        })
      }
    }),
    { numRuns: 100 },
  )
})

test('no label overlaps a box or another label', () => {
  fc.assert(
    fc.property(BOXES, boxes => {
      const layout = placeNodes(boxes)
      const labels = routesOf(boxes, layout).flatMap(({ label, input }) =>
        input.labelWidth === 0
          ? []
          : [
              {
                x: label.x - input.labelWidth,
                y: label.y - input.labelHeight,
                width: input.labelWidth,
                height: input.labelHeight,
              },
            ],
      )
      for (const [index, a] of labels.entries()) {
        for (const box of boxes) assert.ok(!overlap(a, layout.nodeOf(box.id)), `label over ${box.id}`)
        for (const b of labels.slice(index + 1)) assert.ok(!overlap(a, b), JSON.stringify([a, b]))
      }
    }),
    { numRuns: 200 },
  )
})

test('two edges into one box end at different places', () => {
  const input = { from: 'a', leadsBack: false, labelWidth: 0, labelHeight: 0 }
  const layout = placeNodes([
    { id: 'a', inputs: [], width: 80, height: 40 },
    { id: 'b', inputs: [input, { ...input }], width: 80, height: 40 },
  ])
  assert.notEqual(layout.routeOf('b', 0).points.at(-1)?.y, layout.routeOf('b', 1).points.at(-1)?.y)
})

function routesOf(boxes: readonly Box[], layout: Layout) {
  return boxes.flatMap(box => box.inputs.map((input, index) => ({ ...layout.routeOf(box.id, index), input })))
}

/** The boxes around each part of a route. */
function linesOf(points: readonly Point[]): readonly Rectangle[] {
  return points.slice(1).map((to, index) => {
    const from = points[index] ?? to
    return {
      x: Math.min(from.x, to.x),
      y: Math.min(from.y, to.y),
      width: Math.abs(from.x - to.x),
      height: Math.abs(from.y - to.y),
    }
  })
}

function plainStep(id: string, inputs: readonly string[]): Step {
  return {
    kind: 'map',
    id,
    name: 'map',
    fn: value => value,
    inputs: inputs.map(step => ({ step, output: undefined })),
    nature: { order: 'any', stateful: false, mergeable: false, retracting: false, processingTime: false },
    onError: resolvePolicy('fail', 'onError'),
    within: [],
  }
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}
