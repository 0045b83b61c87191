import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Stream, visualize } from '../../src/index.ts'

function crawler(): Stream<string> {
  const pages = new Stream<string>({ name: 'pages' })
  const seen = pages.unique()
  seen
    .map(page => `${page}/next`)
    .filter(page => page.length < 30)
    .connect(pages)
  seen.sink(() => {})
  return pages
}

test('a live graph with a loop is drawn as it is: what feeds it, the way back, the order of readers', () => {
  assert.equal(
    visualize(crawler()),
    `pages
└─ pages (stream, source: emit)
   ↓ unique (unique, process: unique Infinity)
   ├─ map (map)
   │  ↓ filter (filter)
   │  ↺ pages
   └─ sink (sink)
`,
  )
  assert.match(visualize(crawler(), { format: 'mermaid' }), /^ {2}s3 -\.-> s0$/m)
  assert.match(visualize(crawler(), { format: 'dot' }), /^ {2}s1 -> s4 \[label="2"\]$/m)
  assert.equal(visualize(crawler(), { format: 'svg' }).match(/class="edge back"/g)?.length, 1)
})

test('a live source has no topic in JSON', () => {
  assert.doesNotMatch(visualize(crawler(), { format: 'json' }), /"topic"/)
})
