import assert from 'node:assert/strict'
import test from 'node:test'
import { GRAPH_JSON_VERSION, graphToJson } from '../../src/graph/json.ts'
import { drawGraph } from '../../src/graph/pictures.ts'
import { STEP_KINDS } from '../../src/graph/step.ts'
import { App, json, tumbling } from '../../src/index.ts'

function sensorSums(): App {
  const app = new App('sensor-sums')
  const reading = json({ sensor: 'string', time: 'number', value: 'number' })
  const readings = app.topic('readings', { value: reading, keyedBy: 'sensor' })
  const sums = app.topic('sums', { value: json({ sensor: 'string', start: 'number', sum: 'number' }) })
  const late = app.topic('late', { value: reading })
  const windows = app
    .stream(readings)
    .eventTime(r => r.time, { outOfOrder: '1s', idleAfter: '500ms' })
    .keyBy('sensor')
    .window(tumbling('5s'))
  windows
    .sum(r => r.value)
    .map(({ key, window, value }) => ({ sensor: key, start: window.start, sum: value }))
    .to(sums)
  windows.late.to(late)
  return app
}

test('as text: a line a step, below what it reads', () => {
  assert.equal(
    drawGraph(sensorSums().graph(), 'text'),
    `sensor-sums
└─ readings (stream, source: topic readings, json)
   ↓ readings.eventTime (eventTime, process: up to 1000 ms out of order, idle after 500 ms)
   ↓ readings.keyBy (keyBy, exchange: by field sensor)
   ↓ readings.sum (sum, process: window tumbling(5000) sum:1)
   ├─ readings.map (map)
   │  ↓ readings.to (to, sink: topic sums, json)
   └─ [late] readings.to-2 (to, sink: topic late, json)
`,
  )
})

test('as Mermaid: boxes and arrows, side outputs named', () => {
  assert.equal(
    drawGraph(sensorSums().graph(), 'mermaid'),
    `flowchart LR
  s0[("readings (stream, source: topic readings, json)")]
  s1[["readings.eventTime (eventTime, process: up to 1000 ms out of order, idle after 500 ms)"]]
  s2{{"readings.keyBy (keyBy, exchange: by field sensor)"}}
  s3[["readings.sum (sum, process: window tumbling(5000) sum:1)"]]
  s4["readings.map (map)"]
  s5[("readings.to (to, sink: topic sums, json)")]
  s6[("readings.to-2 (to, sink: topic late, json)")]
  s0 --> s1
  s1 --> s2
  s2 --> s3
  s3 --> s4
  s4 --> s5
  s3 -->|"late"| s6
`,
  )
})

test('as DOT: nodes and edges for Graphviz', () => {
  const lines = drawGraph(sensorSums().graph(), 'dot').split('\n')
  assert.equal(lines[0], 'digraph "sensor-sums" {')
  assert.ok(lines.includes('  s2 [label="readings.keyBy (keyBy, exchange: by field sensor)", shape=hexagon]'))
  assert.ok(lines.includes('  s3 -> s6 [label="late"]'))
  assert.equal(lines.at(-2), '}')
})

test('as JSON: versioned, without functions, what a topic is called included', () => {
  const drawn: unknown = JSON.parse(drawGraph(sensorSums().graph(), 'json'))
  assert.deepEqual(drawn, JSON.parse(JSON.stringify(graphToJson(sensorSums().graph()))))
  const { version, name, steps } = graphToJson(sensorSums().graph())
  assert.deepEqual([version, name, steps.length], [GRAPH_JSON_VERSION, 'sensor-sums', 7])
  assert.equal(steps[0]?.topic, 'readings')
  assert.equal(steps[3]?.onError, 'fail')
})

test('a step that is read twice is drawn once', () => {
  const app = new App('diamond')
  const numbers = app.stream(app.topic('numbers', { value: json<number>() }))
  numbers
    .map(n => n)
    .merge(numbers.filter(n => n > 0))
    .print()
  assert.equal(
    drawGraph(app.graph(), 'text'),
    `diamond
└─ numbers (stream, source: topic numbers, json)
   ├─ numbers.map (map)
   │  ↓ numbers.merge (merge)
   │  ↓ numbers.print (print, sink)
   └─ numbers.filter (filter)
      → numbers.merge
`,
  )
})

test('names that mean something in a picture’s language are escaped', () => {
  const app = new App('app')
  app
    .stream(app.topic('t'))
    .keyBy('<b>"&' as never)
    .print()
  assert.match(drawGraph(app.graph(), 'mermaid'), /by field &lt;b&gt;&quot;&amp;/)
})

test('there are nine kinds of steps', () => {
  assert.equal(STEP_KINDS.length, 9)
})
