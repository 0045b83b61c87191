import assert from 'node:assert/strict'
import { test } from 'node:test'
import { combineLatency, LATENCY_BOUNDS_MS, Latency, latencyQuantile } from './latency.ts'

test('a quantile is the bound of its bucket', () => {
  const latency = new Latency()
  for (let ms = 1; ms <= 100; ms++) latency.add(ms)
  const read = latency.read()
  assert.equal(read.sumMs, 5050)
  assert.equal(latencyQuantile(read, 0.5), 50)
  assert.equal(latencyQuantile(read, 0.99), 100)
  assert.equal(latencyQuantile(read, 0.01), 1)
})

test('nothing has no quantile, and what is longer than all bounds has the largest', () => {
  const latency = new Latency()
  assert.equal(latencyQuantile(latency.read(), 0.5), null)
  latency.add(1e9)
  assert.equal(latencyQuantile(latency.read(), 0.5), LATENCY_BOUNDS_MS.at(-1))
})

test('counts of several workers add up, and earlier ones can be taken away', () => {
  const a = new Latency()
  a.add(1)
  const before = a.read()
  a.add(1000)
  assert.equal(latencyQuantile(combineLatency(a.read(), before, -1), 0.5), 1000)
  assert.equal(
    combineLatency(a.read(), before, 1).counts.reduce((sum, count) => sum + count),
    3,
  )
})
