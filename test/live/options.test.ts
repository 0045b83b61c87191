/** What programs without a type check hand to operators by mistake: each is refused while the graph is built. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Stream } from 'sluice'

/** As a program in JavaScript sees an operator. */
type Untyped = Readonly<Record<string, (...given: readonly unknown[]) => unknown>>

for (const options of [{ nam: 'x' }, { onFailure: 5 }, { onEvent: 'log' }, { onError: 'ignore' }]) {
  test(`a stream refuses ${JSON.stringify(options)}`, () => {
    // The mistake is one that the types would find.
    assert.throws(() => new Stream(options as object), { code: 'OPTION_INVALID' })
  })
}

const other = new Stream<number>()
const asIs = (value: unknown): unknown => value
const MISTAKES: readonly (readonly [operator: string, ...given: readonly unknown[]])[] = [
  ['map'],
  ['map', 5],
  ['map', asIs, { onEror: 'skip' }],
  ['map', asIs, { onError: { retry: { attemps: 3 } } }],
  ['map', asIs, { onError: {} }],
  ['filter', null],
  ['remove'],
  ['peek'],
  ['sink'],
  ['sink', asIs, { idd: 'x' }],
  ['flatMap', {}],
  ['starmap'],
  ['scan'],
  ['scan', asIs, 0, { withSate: true }],
  ['mapWithState'],
  ['reduce', 0],
  ['mapAsync', asIs, { concurency: 2 }],
  ['mapAsync', asIs, { ordered: false }],
  ['mapAsync', asIs, { order: 'keys' }],
  ['mapAsync', asIs, { order: 'key' }],
  ['mapAsync', asIs, { concurrency: 4, capacity: 3 }],
  ['mapAsync', asIs, { capacity: 0 }],
  ['mapAsync', asIs, { timeout: 0 }],
  ['mapAsync', asIs, { breaker: true }],
  ['mapAsync', asIs, { breaker: {} }],
  ['mapAsync', asIs, { breaker: { after: 0, pause: '1s' } }],
  ['mapAsync', asIs, { breaker: { after: 3, pause: 0 } }],
  ['mapAsync', asIs, { breaker: { after: 3, pause: '1s', half: true } }],
  ['chunk', 3, { timout: '1s' }],
  ['chunk', 3, { key: 'name' }],
  ['chunkUnique', 3, { kep: 'last' }],
  ['slidingWindow', 2, { parital: true }],
  ['unique', { maxSize: 1 }],
  ['unique', asIs],
  ['timedWindow', '1s', { emtpy: false }],
  ['timedWindow'],
  ['timedWindowUnique', '1s', { key: 5 }],
  ['rateLimit'],
  ['rateLimit', { max: 1, pre: '1s' }],
  ['rateLimit', { max: 1, per: '1s', brust: 1 }],
  ['rateLimit', { bytes: '1MB', per: '1s' }],
  ['zip', [other], { maxsize: 2 }],
  ['combineLatest', [other], { emitOnn: 0 }],
]

for (const [operator, ...given] of MISTAKES) {
  test(`${operator} refuses ${JSON.stringify(given.map(value => (value === other || Array.isArray(value) ? 'stream' : (value ?? null))))}`, () => {
    const stream = new Stream<number>()
    // The mistakes are those that the types would find.
    const untyped = stream as unknown as Untyped
    assert.throws(() => untyped[operator]?.(...given), { code: 'OPTION_INVALID' })
    assert.equal(stream.emit(1), undefined)
  })
}
