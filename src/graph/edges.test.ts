import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawingOrder, edgeLabel, edgesOf, numberText, rateText } from './edges.ts'
import type { Graph } from './graph.ts'
import { drawGraph, PICTURE_FORMATS } from './pictures.ts'
import { resolvePolicy } from './policy.ts'
import type { Step } from './step.ts'

/** A graph of plain steps, written as `id: input input[output]`. */
function graphOf(...lines: readonly string[]): Graph {
  const steps = lines.map((line): Step => {
    const [id = '', inputs = ''] = line.split(':')
    return {
      kind: 'map',
      id,
      name: 'map',
      fn: value => value,
      inputs: [...inputs.matchAll(/(\w+)(?:\[(\w+)\])?/g)].map(([, step = '', output]) => ({ step, output })),
      nature: { order: 'any', stateful: false, mergeable: false, retracting: false, processingTime: false },
      onError: resolvePolicy('fail', 'onError'),
      within: [],
    }
  })
  return { name: 'graph', steps }
}

function countOf(step: string, reader: string, count: number, perSecond?: number) {
  return { step, output: undefined, reader, count, perSecond }
}

const CRAWLER = graphOf('pages: links', 'unique: pages', 'links: unique', 'print: unique')

test('the edge that closes a loop is the one that leads back to where the loop was begun', () => {
  const loops = edgesOf(CRAWLER).filter(edge => edge.closesLoop)
  assert.deepEqual(
    loops.map(({ from, to }) => [from, to]),
    [[2, 0]],
  )
})

test('a graph without loops has no edge that closes one, in whatever order its steps come', () => {
  const edges = edgesOf(graphOf('d: b c', 'c: a', 'b: a', 'a:'))
  assert.equal(edges.filter(edge => edge.closesLoop).length, 0)
  assert.equal(edges.length, 4)
})

test('a step that reads itself closes a loop', () => {
  assert.deepEqual(
    edgesOf(graphOf('a:', 'b: a b')).map(edge => edge.closesLoop),
    [false, true],
  )
})

test('the drawing order has every step once, each behind those that it reads but for loops', () => {
  const graph = graphOf('d: b c', 'c: a d', 'b: a', 'a:', 'e: e')
  const edges = edgesOf(graph)
  const order = drawingOrder(graph.steps, edges)
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4],
  )
  for (const { from, to, closesLoop } of edges) {
    if (!closesLoop) assert.ok(order.indexOf(from) < order.indexOf(to), `${from} before ${to}`)
  }
})

test('a loop of fifty thousand steps is no deeper than memory', () => {
  const lines = Array.from({ length: 50_000 }, (_, index) => `s${index}: s${(index + 49_999) % 50_000}`)
  assert.equal(edgesOf(graphOf(...lines)).filter(edge => edge.closesLoop).length, 1)
})

test('readers of one output are numbered in the order of the steps, a single one is not', () => {
  const edges = edgesOf(graphOf('a:', 'b: a', 'c: a', 'd: a[late]'))
  assert.deepEqual(
    edges.map(edge => edge.turn),
    [1, 2, undefined],
  )
  assert.deepEqual(edges.map(edgeLabel), ['1', '2', 'late'])
})

test('counts find their edge by port and reader; those of no edge are left out', () => {
  const counts = [countOf('b', 'a', 7), countOf('a', 'b', 1204, 35), countOf('a', 'gone', 1)]
  const [edge] = edgesOf(graphOf('a:', 'b: a'), counts)
  assert.equal(edge && edgeLabel(edge), '1\u00a0204 · 35/s')
})

test('a port that is read twice by one step has two edges, each with its own count', () => {
  const edges = edgesOf(graphOf('a:', 'b: a a'), [countOf('a', 'b', 5), countOf('a', 'b', 4)])
  assert.deepEqual(edges.map(edgeLabel), ['1: 5', '2: 4'])
})

test('an input from a step that is not there is left out', () => {
  assert.deepEqual(edgesOf(graphOf('b: elsewhere')), [])
})

test('numbers have spaces between their thousands, and small rates one place', () => {
  assert.deepEqual([999, 1000, 1234567, 0, 12.4, Number.NaN].map(numberText), [
    '999',
    '1\u00a0000',
    '1\u00a0234\u00a0567',
    '0',
    '12',
    '?',
  ])
  assert.deepEqual([0, 0.04, 0.349, 9.96, 35.4, 1200].map(rateText), [
    '0/s',
    '<0.1/s',
    '0.3/s',
    '10/s',
    '35/s',
    '1\u00a0200/s',
  ])
})

test('a loop as text: the way back is named, not followed', () => {
  assert.equal(
    drawGraph(CRAWLER, 'text', [countOf('pages', 'unique', 1204, 35), countOf('links', 'pages', 9)]),
    `              graph
              └─ pages (map)
1\u00a0204 · 35/s     ↓ unique (map)
                 ├─ links (map)
    9            │  ↺ pages
                 └─ print (map)
`,
  )
})

test('a loop as Mermaid and DOT: the way back is dashed', () => {
  assert.match(drawGraph(CRAWLER, 'mermaid'), /^ {2}s2 -\.-> s0$/m)
  assert.match(drawGraph(CRAWLER, 'dot'), /^ {2}s2 -> s0 \[style=dashed, constraint=false\]$/m)
})

test('a loop as SVG: the way back is dashed, and counts are at the edges', () => {
  const svg = drawGraph(CRAWLER, 'svg', [countOf('links', 'pages', 1204, 35)])
  assert.equal(svg.match(/class="edge back"/g)?.length, 1)
  assert.match(svg, />1\u00a0204 · 35\/s<\/text>/)
})

test('the counts are in the JSON, and without counts it is as it was', () => {
  const count = countOf('pages', 'unique', 3, 1)
  assert.deepEqual(JSON.parse(drawGraph(CRAWLER, 'json', [count])).counts.length, 1)
  assert.doesNotMatch(drawGraph(CRAWLER, 'json'), /counts/)
})

test('an empty graph has a picture in every format', () => {
  for (const format of PICTURE_FORMATS) {
    const picture = drawGraph({ name: 'empty', steps: [] }, format)
    assert.doesNotMatch(picture, /Infinity|NaN|undefined/, format)
  }
})

test('a chain that gets too wide is drawn from top to bottom', () => {
  const long = graphOf('s0:', ...Array.from({ length: 29 }, (_, index) => `s${index + 1}: s${index}`))
  const [, width = '', height = ''] = /width="(\d+)" height="(\d+)"/.exec(drawGraph(long, 'svg')) ?? []
  assert.ok(Number(width) < 200 && Number(height) > 2000, `${width} × ${height}`)
})

test('names that hold control characters, markup or half characters leave every picture whole', () => {
  const step = { ...graphOf('a:').steps[0]!, id: 'x\n\u001b[2J<b>"&\ud800\uffff\u0000' }
  for (const format of ['text', 'mermaid', 'dot', 'svg'] as const) {
    const picture = drawGraph({ name: 'a\nb', steps: [step] }, format)
    assert.doesNotMatch(picture.replaceAll('\n', ''), /\p{Cc}|\ufffe|\uffff/u, format)
    assert.ok(picture.isWellFormed(), format)
  }
  const text = drawGraph({ name: 'a\nb', steps: [step] }, 'text')
  assert.equal(text.trimEnd().split('\n').length, 2)
})

test('a graph of twenty thousand steps has a text', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `s${index}: s${Math.floor(index / 2)}`)
  assert.equal(
    drawGraph(graphOf(...lines), 'text')
      .trimEnd()
      .split('\n').length,
    20_002,
  )
})
