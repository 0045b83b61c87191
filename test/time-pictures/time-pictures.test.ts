/** The pictures of time show what windows give. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { tumbling } from 'sluice'
import { drawArrivals } from './draw-arrivals.ts'
import { drawResults } from './draw-results.ts'
import { playTime, type TimeSpec } from './play.ts'
import { ARRIVALS, RESULTS } from './specs.ts'

const SPEC: TimeSpec = {
  name: 'three',
  title: 'a <title>',
  arrivals: [
    { kind: 'element', at: 1, letter: 'a', time: 1, partition: 0 },
    { kind: 'element', at: 2, letter: 'b', time: 8, partition: 0 },
    { kind: 'element', at: 3, letter: 'c', time: 2, partition: 0 },
    { kind: 'drain', at: 5 },
  ],
  windows: tumbling('5s'),
  outOfOrder: '1s',
}

test('what came out is noted with its moment: results, late elements, watermarks', async () => {
  const { results, late, watermark } = await playTime(SPEC)
  assert.deepEqual(results, [
    { at: 2, start: 0, end: 5, letters: 'a', isTakenBack: false },
    { at: 5, start: 5, end: 10, letters: 'b', isTakenBack: false },
  ])
  assert.deepEqual([...late], ['c'])
  assert.deepEqual(watermark.slice(0, 2), [
    { at: 1, time: -0.001 },
    { at: 2, time: 6.999 },
  ])
})

test('a picture says in words what it shows, and markup in a title is text', async () => {
  const svg = drawArrivals(SPEC, await playTime(SPEC))
  assert.match(
    svg,
    /<title>a &lt;title&gt;: at 2 s \[0 s, 5 s\) gives a; at 5 s \[5 s, 10 s\) gives b; late: c<\/title>/,
  )
})

test('results that overlap have rows of their own, and those that do not share one', async () => {
  const bars = async (name: string): Promise<readonly (string | undefined)[]> => {
    const spec = RESULTS.find(each => each.name === name)
    assert.ok(spec)
    const below = drawResults(spec, await playTime(spec)).split('class="code"')[1] ?? ''
    return [...below.matchAll(/<rect x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => y)
  }
  const tumbled = await bars('tumbling')
  assert.equal(tumbled.length, 3)
  assert.equal(new Set(tumbled).size, 1)
  const hopped = await bars('hopping')
  assert.equal(hopped.length, 5)
  assert.equal(new Set(hopped).size, 5)
})

test('every picture has a name of its own and a result to show', async () => {
  const specs = [...ARRIVALS, ...RESULTS]
  for (const group of [ARRIVALS, RESULTS]) {
    assert.equal(new Set(group.map(({ name }) => name)).size, group.length)
  }
  for (const spec of specs) assert.ok((await playTime(spec)).results.length > 0, spec.name)
})
