import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChartRow } from './series.ts'
import { sparkline } from './sparkline.ts'
import { drawTerminalChart } from './terminal-chart.ts'

function rowsOf(...values: readonly ChartRow['value'][]): readonly ChartRow[] {
  return values.map((value, at) => ({ at, value }))
}

test('a rising line goes from the lower left to the upper right', () => {
  assert.equal(
    drawTerminalChart(rowsOf(0, 1, 2, 3, 4), { axis: 'index', width: 22, height: 8 }),
    `4
4 ┤               ⢀⡠⠔⠊
  │            ⣀⠤⠊⠁
2 ┤        ⣀⠤⠒⠉
  │   ⢀⡠⠔⠊⠉
0 ┤⡠⠔⠊⠁
  └┬──────────────────
   0
`,
  )
})

test('several names are drawn one below the other, or in colours', () => {
  const rows = rowsOf({ a: 1, b: 5 }, { a: 2, b: 4 })
  const plain = drawTerminalChart(rows, { axis: 'index' })
  assert.match(plain, /^a 2$/m)
  assert.match(plain, /^b 4$/m)
  const coloured = drawTerminalChart(rows, { axis: 'index', colours: 'ansi' })
  assert.ok(coloured.startsWith('\u001b[34m●\u001b[39m a 2   \u001b[33m●\u001b[39m b 4\n'), coloured)
  assert.ok(!plain.includes('\u001b'))
})

test('whatever the numbers are, no line is wider than asked for', () => {
  const row = fc.record({
    at: fc.double({ noNaN: true, noDefaultInfinity: true }),
    value: fc.double(),
  })
  const size = fc.record({ width: fc.integer({ min: 40, max: 90 }), height: fc.integer({ min: 4, max: 30 }) })
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 20 }),
      size,
      fc.constantFrom('time', 'index'),
      (rows, { width, height }, axis) => {
        for (const line of drawTerminalChart(rows, { width, height, axis, timeZone: 'UTC' }).split('\n')) {
          assert.ok(line.length <= width, `${line.length} of ${width}: ${line}`)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('names and titles cannot give orders to the terminal', () => {
  const chart = drawTerminalChart(rowsOf({ 'a\u001b[2J\nb': 1 }), { title: '\u0007c', axis: 'index' })
  assert.doesNotMatch(chart.replaceAll('\n', ''), /\p{Cc}/u)
  assert.deepEqual(chart.split('\n').slice(0, 2), [' c', 'a [2J b 1'])
})

test('no rows: says so', () => {
  assert.equal(drawTerminalChart([], { title: 'attic' }), 'attic\nno data yet\n')
})

test('a choice of colours that does not exist is refused', () => {
  assert.throws(() => drawTerminalChart([], { colours: 'many' as 'ansi' }), { code: 'OPTION_INVALID' })
})

test('a sparkline has a block for each number, a gap for what is none', () => {
  assert.equal(sparkline([1, 2, Number.NaN, 4, 8]), '▁▂ ▄█')
  assert.equal(sparkline([3, 3, 3]), '▄▄▄')
  assert.equal(sparkline([]), '')
  assert.equal(sparkline([-1.7e308, 0, 1.7e308]), '▁▅█')
})

test('a sparkline of many numbers keeps its peak', () => {
  const values = Array.from({ length: 1000 }, (_, index) => (index === 777 ? 9 : 0))
  assert.equal(sparkline(values, 10), '▁▁▁▁▁▁▁█▁▁')
})

test('a sparkline of no width is refused', () => {
  for (const width of [0, 1.5, Number.NaN])
    assert.throws(() => sparkline([1], width), { code: 'OPTION_INVALID' })
})
