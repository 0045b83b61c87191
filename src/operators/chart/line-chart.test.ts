import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drawLineChart } from './line-chart.ts'
import type { ChartRow } from './series.ts'

const INDEX = { axis: 'index' } as const

function rowsOf(...values: readonly ChartRow['value'][]): readonly ChartRow[] {
  return values.map((value, at) => ({ at, value }))
}

function count(svg: string, pattern: RegExp): number {
  return svg.match(pattern)?.length ?? 0
}

test('each name has a line of its own, and its newest value in the legend', () => {
  const svg = drawLineChart(rowsOf({ a: 1, b: 4 }, { a: 2, b: 5 }), INDEX)
  assert.equal(count(svg, /<path class="line"/g), 2)
  assert.match(svg, />a <tspan class="value">2<\/tspan>/)
  assert.match(svg, />b <tspan class="value">5<\/tspan>/)
})

test('the largest value is higher than the least one, and later ones are further to the right', () => {
  const [, x1, y1, x2, y2] =
    /class="line"[^>]* d="M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)"/.exec(drawLineChart(rowsOf(1, 9), INDEX)) ??
    []
  assert.ok(Number(x1) < Number(x2) && Number(y1) > Number(y2), [x1, y1, x2, y2].join(' '))
})

test('null, and what is not finite, is a gap, and a point alone between gaps is a dot', () => {
  const svg = drawLineChart(rowsOf(1, 2, null, 3, Number.POSITIVE_INFINITY, 4, 5), INDEX)
  const [, path = ''] = /class="line"[^>]* d="([^"]*)"/.exec(svg) ?? []
  assert.equal(count(path, /M/g), 2)
  assert.equal(count(svg, /<circle/g), 2)
})

test('a name that some rows lack has a line without gaps', () => {
  const svg = drawLineChart(rowsOf({ a: 1 }, { b: 1 }, { a: 2 }, { b: 2 }), INDEX)
  assert.equal(count(svg, /<path class="line"[^>]* d="M[^M"]*"/g), 2)
})

test('rows may come in any order', () => {
  const rows = rowsOf(3, 1, 2)
  assert.equal(drawLineChart(rows.toReversed(), INDEX), drawLineChart(rows, INDEX))
})

test('no rows: says so', () => {
  assert.match(drawLineChart([]), /no data yet/)
})

test('one row is a dot', () => {
  const svg = drawLineChart(rowsOf(5))
  assert.equal(count(svg, /<circle/g), 1)
  assert.doesNotMatch(svg, /<path/)
})

test('whatever the numbers are, the picture has only finite places', () => {
  const value = fc.double()
  const row = fc.record({
    at: fc.double({ noNaN: true, noDefaultInfinity: true }),
    value: fc.oneof(value, fc.dictionary(fc.string(), value)),
  })
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.constantFrom('time', 'index'), (rows, axis) => {
      const svg = drawLineChart(rows, { axis, timeZone: 'UTC' })
      for (const [, places = ''] of svg.matchAll(/ (?:d|x|y|cx|cy|x1|x2|y1|y2)="([^"]*)"/g)) {
        assert.doesNotMatch(places, /NaN|Infinity|undefined|e/, places)
      }
    }),
    { numRuns: 500 },
  )
})

test('a hundred thousand rows make no larger picture, and no peak is lost', () => {
  const rows = rowsOf(
    ...Array.from({ length: 100_000 }, (_, at) => (at === 54_321 ? 1000 : Math.sin(at / 900))),
  )
  const svg = drawLineChart(rows, INDEX)
  assert.ok(svg.length < 80_000, String(svg.length))
  assert.match(svg, />1\u00a0000</)
  const heights = [...(/class="line"[^>]* d="M([^"]*)"/.exec(svg)?.[1]?.matchAll(/,([\d.]+)/g) ?? [])]
  const sorted = heights.map(([, y]) => Number(y)).toSorted((a, b) => a - b)
  assert.ok((sorted[1] ?? 0) - (sorted[0] ?? 0) > 50, 'one point stands high above all others')
})

test('a gap that is wider than a pixel is seen among a hundred thousand rows', () => {
  const isGap = (at: number): boolean => at >= 40_000 && at < 60_000
  const rows = rowsOf(...Array.from({ length: 100_000 }, (_, at) => (isGap(at) ? Number.NaN : 1)))
  const [, path = ''] = /class="line"[^>]* d="([^"]*)"/.exec(drawLineChart(rows, INDEX)) ?? []
  assert.equal(count(path, /M/g), 2)
})

test('names and titles are escaped', () => {
  const svg = drawLineChart(rowsOf({ '<script>': 1 }), { title: '"&<' })
  assert.doesNotMatch(svg, /<script>/)
  assert.match(svg, /<title>&quot;&amp;&lt;<\/title>/)
})

test('names and titles that hold control characters leave a chart whole', () => {
  const title = 'a\u0000\ud800\uffff\u001b[2J'
  const svg = drawLineChart(rowsOf({ [title]: 1 }), { title })
  assert.doesNotMatch(svg.replaceAll('\n', ''), /\p{Cc}|\uffff/u)
  assert.ok(svg.isWellFormed())
})

test('a row that is none is refused, and what to do is said', () => {
  const wrong: readonly unknown[] = [
    7,
    null,
    { at: Number.NaN, value: 1 },
    { at: 0, value: '7' },
    { at: 0 },
    { at: 0, value: { a: undefined } },
  ]
  for (const row of wrong) {
    // a row as a program without types may give it
    assert.throws(() => drawLineChart([row as ChartRow]), { code: 'STEP_FAILED' }, JSON.stringify(row))
  }
})

test('options that cannot be are refused', () => {
  for (const options of [
    { width: 3 },
    { height: Number.NaN },
    { axis: 'log' },
    { titel: 'x' },
    { title: 7 },
  ]) {
    // options as a program without types may give them
    assert.throws(
      () => drawLineChart([], options as object),
      { code: 'OPTION_INVALID' },
      JSON.stringify(options),
    )
  }
})
