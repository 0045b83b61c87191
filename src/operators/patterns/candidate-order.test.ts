/** Orders that rise, of which no more are written than have to be. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { writeInOrder } from './candidate-order.ts'
import type { Candidate } from './match-state.ts'

const starts = [{}, {}]

/** A candidate that has only what its order needs. */
function candidate(start: number, order?: number): Candidate {
  return { start: starts[start], order: order ?? 0, isUnwritten: order === undefined } as unknown as Candidate
}

function written(list: readonly Candidate[]): number {
  let count = 0
  writeInOrder(list, each => {
    each.isUnwritten = false
    count++
  })
  for (const [at, each] of list.entries()) {
    const before = list[at - 1]
    if (before?.start === each.start) assert.ok(before.order < each.order, `${before.order} < ${each.order}`)
  }
  return count
}

test('only what is new is written: before, behind and between others, each first event for itself', () => {
  const list = [
    candidate(0),
    candidate(0, 5),
    candidate(0),
    candidate(0),
    candidate(0, 6),
    candidate(0),
    candidate(1),
    candidate(1, 5),
  ]
  assert.equal(written(list), 5)
  assert.deepEqual(
    list.map(({ order }) => Math.round(order * 10) / 10),
    [4, 5, 5.3, 5.7, 6, 7, 4, 5],
  )
})

test('what always goes between two others is numbered anew when there is no number left, and only then', () => {
  const list = [candidate(0, 0), candidate(0, 1)]
  let count = 0
  for (let n = 0; n < 200; n++) {
    list.splice(-1, 0, candidate(0))
    count += written(list)
  }
  assert.equal(list.length, 202)
  assert.ok(count > 200, 'once at least all had to be written')
  assert.ok(count < 1500, `${count} were written`)
})

test('what has not changed is not written', () => {
  assert.equal(written([candidate(0, 1), candidate(0, 2), candidate(1, 0)]), 0)
})
