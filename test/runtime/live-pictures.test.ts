import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Stream } from '../../src/index.ts'

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
    crawler().draw('text'),
    `pages
└─ pages (stream, source: emit)
   ↓ unique (unique, process: unique Infinity)
   ├─ map (map)
   │  ↓ filter (filter)
   │  ↺ pages
   └─ sink (sink)
`,
  )
  assert.match(crawler().draw('mermaid'), /^ {2}s3 -\.-> s0$/m)
  assert.match(crawler().draw('dot'), /^ {2}s1 -> s4 \[label="2"\]$/m)
  assert.equal(
    crawler()
      .draw('svg')
      .match(/class="edge back"/g)?.length,
    1,
  )
})

test('a live source has no topic in JSON', () => {
  assert.doesNotMatch(crawler().draw('json'), /"topic"/)
})
