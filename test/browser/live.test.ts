/** Live streams in a page: operators, timers, loops, back-pressure, sources and the streams of the Web. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { servicePath } from '../service-path.ts'
import { TestBrowser } from './browser.ts'
import { type Bundle, bundleForBrowser } from './bundle.ts'

let browser: TestBrowser
let live: Bundle
let small: Bundle

before(async () => {
  ;[browser, live, small] = await Promise.all([
    TestBrowser.start(servicePath('chromium')),
    bundleForBrowser('src/runtime/live/index.ts'),
    bundleForBrowser('src/runtime/small-live.ts'),
  ])
})
after(() => browser.close())

/** Runs a module in a page; it calls `told` with what it found. */
async function tells(module: string, bundle = live): Promise<unknown> {
  const shown = await browser.show(
    `<script type="module">
      import * as sluice from './live.js'
      const { Stream } = sluice
      const told = found => document.body.setAttribute('data-told', JSON.stringify(found))
      ${module}
    </script>`,
    { 'live.js': bundle.code },
  )
  const body = shown.page.locator('body[data-told]')
  await body.waitFor({ state: 'attached' })
  const told: unknown = JSON.parse((await body.getAttribute('data-told')) ?? 'null')
  assert.deepEqual(shown.problems, [])
  await shown.page.close()
  return told
}

test('a page emits, joins and goes round a loop', async () => {
  const told = await tells(`
    const numbers = new Stream()
    const sums = numbers.map(n => n + 1).filter(n => n % 2 === 0).scan((sum, n) => sum + n, 0).toArray()
    const pairs = numbers.slidingWindow(2).zip(numbers.skip(1)).toArray()
    for (const n of [1, 2, 3, 4, 5]) numbers.emit(n)
    const down = new Stream()
    let turns = 0
    down.sink(() => turns++)
    down.filter(n => n > 0).map(n => n - 1).connect(down)
    down.emit(100_000)
    told({ sums, pairs: pairs.length, turns })`)
  assert.deepEqual(told, { sums: [2, 6, 12], pairs: 4, turns: 100_001 })
})

test('a page counts clicks per window of time, as an EventTarget tells them', async () => {
  const told = await tells(`
    const button = document.createElement('button')
    const clicks = new Stream()
    button.addEventListener('click', event => clicks.emit(event.type))
    const counts = clicks.timedWindow('20ms', { empty: false }).map(all => all.length)
    const iterator = counts[Symbol.asyncIterator]()
    for (let i = 0; i < 5; i++) button.click()
    const { value } = await iterator.next()
    await iterator.return()
    await clicks.dispose()
    told(value)`)
  assert.equal(told, 5)
})

test('a page counts clicks per second of the clock, and per visit', async () => {
  const told = await tells(`
    const clock = new sluice.ManualClock()
    const button = document.createElement('button')
    const clicks = new Stream({ clock })
    button.addEventListener('click', event => clicks.emit(event.type))
    const keyed = clicks.processingTime().keyBy(type => type)
    const perSecond = keyed.window(sluice.tumbling('1s')).count().map(c => c.value).toArray()
    const visits = keyed.window(sluice.session('3s')).aggregate({ clicks: sluice.count() }).toArray()
    for (const pause of [400, 599, 1, 5000]) {
      button.click()
      clock.advance(pause)
      await new Promise(resolve => setTimeout(resolve))
    }
    told({ perSecond, visits: visits.map(v => [v.window, v.value]) })`)
  assert.deepEqual(told, { perSecond: [3, 1], visits: [[{ start: 0, end: 4000 }, { clicks: 4 }]] })
})

test('a page reads a response as it comes, with an asynchronous step that holds it back', async () => {
  const told = await tells(`
    const response = new Response('a b c d')
    let busy = 0
    let most = 0
    const words = Stream.from(response.body.pipeThrough(new TextDecoderStream()))
      .flatMap(text => text.split(' '))
      .map(async word => {
        most = Math.max(most, ++busy)
        await new Promise(resolve => setTimeout(resolve, 1))
        busy--
        return word.toUpperCase()
      })
    told({ words: await Array.fromAsync(words), most })`)
  assert.deepEqual(told, { words: ['A', 'B', 'C', 'D'], most: 1 })
})

test('a failure in a page names the step, and event time closes windows', async () => {
  const told = await tells(`
    const texts = new Stream()
    texts.map(text => JSON.parse(text))
    let message
    try { texts.emit('{') } catch (error) { message = error.message }
    const prices = new Stream()
    const kept = prices.eventTime(p => p.time).keyBy('shop').running().count().map(c => c.value).toArray()
    prices.emit({ shop: 'Bern', time: 1 })
    prices.emit({ shop: 'Bern', time: 2 })
    told({ message: message.slice(0, 36), kept })`)
  assert.deepEqual(told, { message: 'step "map" failed on element "{": Sy', kept: [1, 2] })
})

test('the small stream emits, keeps state, goes round loops, iterates and merges', async () => {
  const told = await tells(
    `
    const numbers = new Stream()
    const odd = numbers.filter(n => n % 2 === 1)
    const sums = odd.merge(numbers.map(async n => n * 10)).scan((sum, n) => sum + n, 0).toArray()
    const chunks = numbers.chunk(2).toArray()
    for (const n of [1, 2, 3]) await numbers.emit(n)
    await numbers.end()
    const pages = new Stream()
    const seen = pages.unique()
    seen.flatMap(page => page.length < 4 ? [page + 'a', page + 'b'] : []).connect(pages)
    const visited = seen.toArray()
    pages.emit('/')
    const first = await Array.fromAsync(Stream.from([1, 2, 3, 4]).take(2))
    told({ sums, chunks, visited: visited.length, first })`,
    small,
  )
  assert.deepEqual(told, { sums: [1, 11, 31, 34, 64], chunks: [[1, 2], [3]], visited: 15, first: [1, 2] })
})
