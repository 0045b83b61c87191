import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DueHeap, type DueNode } from './due-heap.ts'

interface Named extends DueNode {
  readonly name: number
}

function node(time: number, name = 0): Named {
  return { time, at: Number.NaN, name }
}

const byName = (left: Named, right: Named): number => left.name - right.name

test('things come in the order of time, those of equal time by their order', () => {
  const heap = new DueHeap(byName)
  for (const [time, name] of [
    [5, 1],
    [3, 2],
    [3, 1],
    [9, 0],
  ] as const)
    heap.add(node(time, name))
  const found: string[] = []
  for (let first = heap.firstUntil(8); first !== undefined; first = heap.firstUntil(8)) {
    found.push(`${first.time}.${first.name}`)
    heap.remove(first)
  }
  assert.deepEqual(found, ['3.1', '3.2', '5.1'])
  assert.equal(heap.size, 1)
})

test('a thing that is put off and brought forward again and again does not grow the heap', () => {
  const heap = new DueHeap<Named>()
  const moved = node(1_000_000)
  heap.add(moved)
  for (let step = 1; step < 100_000; step++) {
    moved.time = step % 2 === 0 ? 1_000_000 - step : 1_000_000 + step
    heap.moved(moved)
    assert.ok(heap.places < 200)
  }
  assert.equal(heap.firstUntil(Number.POSITIVE_INFINITY), moved)
})

test('it finds what a list finds, whatever is added, moved and removed', () => {
  const step = fc.record({
    what: fc.constantFrom('add', 'move', 'remove', 'take'),
    of: fc.nat(9),
    time: fc.nat(30),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const heap = new DueHeap(byName)
      const nodes = Array.from({ length: 10 }, (_, name) => node(0, name))
      const list = new Set<Named>()
      for (const { what, of, time } of steps) {
        const each = nodes[of]
        if (each === undefined) continue
        if (what === 'remove') {
          heap.remove(each)
          list.delete(each)
        } else if (what === 'take') {
          const [first] = [...list]
            .filter(other => other.time <= time)
            .toSorted((a, b) => a.time - b.time || a.name - b.name)
          assert.equal(heap.firstUntil(time), first)
          if (first === undefined) continue
          heap.remove(first)
          list.delete(first)
        } else {
          each.time = time
          if (list.has(each)) heap.moved(each)
          else heap.add(each)
          list.add(each)
        }
        assert.equal(heap.size, list.size)
      }
    }),
    { numRuns: 300 },
  )
})
