import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vegaLiteChart } from './vega-lite.ts'

test('every point is in the data, a gap as null, and survives JSON', () => {
  const chart = vegaLiteChart([
    { at: 1, value: { a: 1, b: Number.NaN } },
    { at: 2, value: { a: 2 } },
  ])
  assert.deepEqual(JSON.parse(JSON.stringify(chart)).data.values, [
    { at: 1, series: 'a', value: 1 },
    { at: 2, series: 'a', value: 2 },
    { at: 1, series: 'b', value: null },
  ])
})

test('plain numbers have no colour and no legend, names have both, in their order', () => {
  assert.equal(vegaLiteChart([{ at: 1, value: 1 }]).encoding.color, undefined)
  assert.deepEqual(vegaLiteChart([{ at: 1, value: { b: 1, a: 2 } }]).encoding.color?.sort, ['b', 'a'])
})

test('times are temporal, in UTC if asked for; places are quantitative', () => {
  assert.equal(vegaLiteChart([]).encoding.x.type, 'temporal')
  assert.deepEqual(vegaLiteChart([], { timeZone: 'UTC' }).encoding.x.scale, { type: 'utc' })
  assert.equal(vegaLiteChart([], { axis: 'index' }).encoding.x.type, 'quantitative')
})
