/** Programs whose graph changes from one loading to the next are refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GraphJson, graphToJson } from '../../src/graph/index.ts'
import { App, json } from '../../src/index.ts'
import { checkSameGraph } from '../../src/runtime/same-graph.ts'

function graph(name: string, output: string, more: boolean): GraphJson {
  const app = new App(name)
  const value = json({ n: 'number' })
  const numbers = app.stream(app.topic('numbers', { value }))
  numbers.to(app.topic(output, { value }))
  if (more) numbers.print()
  return graphToJson(app.graph())
}

test('a program that is loaded twice gives the same graph', () => {
  checkSameGraph(graph('a', 'out', false), graph('a', 'out', false))
  // as it comes from another process
  checkSameGraph(JSON.parse(JSON.stringify(graph('a', 'out', true))) as GraphJson, graph('a', 'out', true))
})

for (const [what, other, said] of [
  ['another name', graph('b', 'out', false), /first app "a", and then app "b"/],
  [
    'another topic',
    graph('a', 'out2', false),
    /first step "numbers.to" \(sink, topic out, json\), and then step "numbers.to" \(sink, topic out2, json\)/,
  ],
  ['a step more', graph('a', 'out', true), /first one step less, and then step "numbers.print" \(sink\)/],
] as const) {
  test(`${what} makes it another graph`, () => {
    assert.throws(() => checkSameGraph(graph('a', 'out', false), other), {
      code: 'GRAPH_INVALID',
      message: said,
    })
  })
}
