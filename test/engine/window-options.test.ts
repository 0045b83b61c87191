/** Windows, cells and aggregations say while a program is built what is misspelt or of another kind. */
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  calendar,
  countWindows,
  cumulate,
  GraphError,
  hopping,
  Stream,
  sliding,
  tumbling,
  value,
} from '../../src/index.ts'

/** As a program without types calls it. */
type Loosely = (...parts: readonly unknown[]) => unknown

function loosely(fn: unknown): Loosely {
  // The point is what happens to parts that the types refuse.
  return fn as Loosely
}

const keyed = () => new Stream<number>().keyBy(() => 'all')
const window: Loosely = options => loosely(keyed().window.bind(keyed()))(tumbling('5s'), options)
const aggregate: Loosely = given => loosely((each: never) => keyed().running().aggregate(each))(given)
const init = (): number => 0
const add = (sum: number): number => sum + 1

const REFUSED: readonly (readonly [fn: unknown, parts: readonly unknown[], message: RegExp])[] = [
  [tumbling, ['5s', { ofset: '1s' }], /tumbling windows: there is no option "ofset"; there are offset/],
  [tumbling, ['5s', null], /tumbling windows was given null as its options; expected an object with offset/],
  [hopping, ['5s', '1s', { ofset: 1 }], /there is no option "ofset"/],
  [hopping, ['365d', 1], /each element would be in 31536000000; expected 1000000 at most/],
  [cumulate, [1, '365d'], /each element would be in 31536000000/],
  [sliding, [], /sliding was given undefined as its options; expected an object with before, after/],
  [sliding, [{ before: '5s', aftr: '1s' }], /there is no option "aftr"; there are before, after/],
  [countWindows, [5, { evry: 1 }], /there is no option "evry"; there are every/],
  [countWindows, [5, 2], /countWindows was given 2 as its options/],
  [calendar, ['day', { timezone: 'Europe/Helsinki' }], /there is no option "timezone"; there are timeZone/],
  [calendar, ['day', 'Europe/Helsinki'], /calendar was given "Europe\/Helsinki" as its options/],
  [calendar, ['constructor'], /calendar was given "constructor"; expected "day"/],
  [window, [null], /window was given null as its options/],
  [window, [{ emit: { count: 5, purge: 'yes' } }], /purge is "yes"; expected true or false/],
  [value, [0], /value was given 0 as its options; expected an object with ttl, time/],
  [value, [{ time: 'processing' }], /time says by what a ttl counts, and there is none/],
  [aggregate, [{ init: 0, add }], /aggregate was given \{"init":0\}/],
  [aggregate, [{ init, add, merge: 5 }], /aggregate: merge was given 5; expected a function/],
  [aggregate, [{ init, add, results: init }], /aggregate: there is no option "results"/],
]

for (const [fn, parts, message] of REFUSED) {
  test(`refused while it is built: ${message.source}`, () => {
    assert.throws(
      () => loosely(fn)(...parts),
      error => error instanceof GraphError && error.code === 'OPTION_INVALID' && message.test(error.message),
    )
  })
}

test('an aggregation of a class may have fields of its own', async () => {
  class Count {
    readonly by = 1
    init(): number {
      return 0
    }
    add(sum: number): number {
      return sum + this.by
    }
  }
  const numbers = new Stream<number>()
  const counts = numbers
    .keyBy(() => 'all')
    .running()
    .aggregate(new Count())
    .toArray()
  await numbers.emit(7)
  assert.deepEqual(counts, [{ key: 'all', value: 1 }])
})
