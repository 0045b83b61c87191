import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type ChartRow, vegaLiteChart } from '../../src/operators/chart/index.ts'
import { servicePath } from '../service-path.ts'
import { type Shown, TestBrowser } from './browser.ts'
import { type Bundle, bundleForBrowser } from './bundle.ts'

const ROWS: readonly ChartRow[] = Array.from({ length: 50 }, (_, at) => ({
  at: at * 1000,
  value: { temperature: 20 + Math.sin(at / 5), humidity: at === 20 ? Number.NaN : 40 + Math.cos(at / 9) },
}))

let browser: TestBrowser
let chart: Bundle

before(async () => {
  ;[browser, chart] = await Promise.all([
    TestBrowser.start(servicePath('chromium')),
    bundleForBrowser('src/operators/chart/index.ts'),
  ])
})
after(() => browser.close())

test('a page draws a chart, in colour, and nothing goes wrong', async () => {
  const shown = await browser.show(
    `<script type="module">
      import { Backlog, drawLineChart } from './chart.js'
      const backlog = new Backlog(500)
      for (const row of ${JSON.stringify(ROWS)}) backlog.push(row)
      document.body.innerHTML = drawLineChart(backlog, { title: 'attic' })
      console.log('drawn')
    </script>`,
    { 'chart.js': chart.code },
  )
  assert.deepEqual(shown.problems, [])
  assert.deepEqual(shown.console, ['log: drawn'])
  assert.ok((await coloursOf(shown.page.locator('svg'))) > 20)
  await shown.page.close()
})

test('what a page does wrong is seen: an error, a warning, a file that is not there', async () => {
  const shown = await browser.show(
    `<script src="gone.js"></script><script>console.warn('careful'); undefined.field</script>`,
  )
  const problems = shown.problems.join('\n')
  assert.match(problems, /^404: .*gone\.js$/m)
  assert.match(problems, /^warning: careful$/m)
  assert.match(problems, /^error: .*undefined/m)
  await shown.page.close()
})

test('an empty page has one colour: the test of the picture can fail', async () => {
  const shown = await browser.show('<div style="width:100px;height:100px"></div>')
  assert.equal(await coloursOf(shown.page.locator('div')), 1)
  await shown.page.close()
})

test('Vega-Lite compiles the specification without a warning, and Vega draws its lines, broken at gaps', async () => {
  const folder = path.dirname(servicePath('vega'))
  const read = (name: string): string => fs.readFileSync(path.join(folder, name), 'utf8')
  for (const [spec, partsOfLines] of [
    [vegaLiteChart(ROWS, { title: 'attic', timeZone: 'UTC' }), [1, 2]],
    [
      vegaLiteChart(
        [1, 2, 4].map((value, at) => ({ at, value })),
        { axis: 'index' },
      ),
      [1],
    ],
    [vegaLiteChart([]), []],
  ] as const) {
    const shown = await browser.show(
      `<div id="chart" style="width:600px"></div>
      <script src="vega.js"></script><script src="vega-lite.js"></script>
      <script>
        const { spec } = vegaLite.compile(${JSON.stringify(spec)}, { logger: vega.logger(vega.Warn) })
        new vega.View(vega.parse(spec), { renderer: 'svg', container: '#chart' })
          .runAsync().then(() => document.body.setAttribute('data-drawn', 'yes'))
      </script>`,
      { 'vega.js': read('vega.min.js'), 'vega-lite.js': read('vega-lite.min.js') },
    )
    await shown.page.locator('body[data-drawn=yes]').waitFor()
    assert.deepEqual(shown.problems, [])
    const parts: unknown = await shown.page.evaluate(COUNT_PARTS)
    assert.deepEqual(parts, partsOfLines)
    await shown.page.close()
  }
})

/** Of how many parts each line is: a gap makes one more. */
const COUNT_PARTS = `[...document.querySelectorAll('path[aria-roledescription="line mark"]')]
  .map(line => line.getAttribute('d').split('M').length - 1)`

/** How many colours a screenshot has. */
async function coloursOf(element: ReturnType<Shown['page']['locator']>): Promise<number> {
  const image = (await element.screenshot()).toString('base64')
  const counter = await browser.show('<canvas></canvas>')
  const count = await counter.page.evaluate(COUNT_COLOURS.replace('IMAGE', image))
  await counter.page.close()
  return Number(count)
}

const COUNT_COLOURS = `(async () => {
  const image = new Image()
  image.src = 'data:image/png;base64,IMAGE'
  await image.decode()
  const canvas = document.querySelector('canvas')
  canvas.width = image.width
  canvas.height = image.height
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size
})()`
