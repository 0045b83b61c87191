/** Every source of what pushes keeps the rules that all of them have. */
import { fromIterable, periodic, queue } from '../../src/connectors/memory/index.ts'
import { sourceConformance } from '../../src/testing/source-conformance.ts'

sourceConformance('queue', () => {
  const q = queue<number>()
  return {
    source: q,
    feed: count => {
      for (let value = 0; value < count; value++) void q.put(value)
    },
  }
})

sourceConformance('periodic', () => ({ source: periodic(() => 1, { every: 1 }), feed: () => {} }))

sourceConformance('fromIterable', () => ({ source: fromIterable([1, 2, 3, 4, 5]), feed: () => {} }))

sourceConformance('fromIterable of what comes later', () => ({
  source: fromIterable({
    async *[Symbol.asyncIterator]() {
      for (let value = 0; ; value++) {
        await Promise.resolve()
        yield value
      }
    },
  }),
  feed: () => {},
}))
