/** Listeners that throw break nothing but themselves, and are heard of. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { RefCounter, Stream, visualize } from 'sluice'
import { runScript } from './script.ts'
import { turn } from './turns.ts'

for (const [what, setUp] of [
  ['onEvent', `new Stream({ onError: 'skip', onEvent: () => { throw new Error('from the listener') } })`],
  ['onFailure', `new Stream({ onFailure: () => { throw new Error('from the listener') } })`],
] as const) {
  test(`an ${what} that throws is an unhandled rejection, and the stream goes on`, async () => {
    const { stdout } = await runScript(`
      import { Stream } from 'sluice'
      process.on('unhandledRejection', error => console.log('unhandled', error.cause.message))
      const numbers = ${setUp}
      const fails = n => { if (n === 1) throw new Error('one'); console.log('got', n) }
      numbers.delay('1ms').sink(fails)
      for (const n of [1, 2]) numbers.emit(n)
    `)
    assert.deepEqual(stdout.trim().split('\n').sort(), ['got 2', 'unhandled from the listener'])
  })
}

test('a callback of a RefCounter that throws is an unhandled rejection, and the stream goes on', async () => {
  const { stdout } = await runScript(`
    import { RefCounter, Stream } from 'sluice'
    process.on('unhandledRejection', error => console.log('unhandled', error.cause.message))
    const numbers = new Stream()
    numbers.map(async n => n).sink(n => console.log('got', n))
    const ref = new RefCounter(() => { throw new Error('from the callback') })
    await numbers.emit(1, { ref })
    await numbers.emit(2)
  `)
  assert.deepEqual(stdout.trim().split('\n').sort(), ['got 1', 'got 2', 'unhandled from the callback'])
})

test('a subscriber that throws fails the element', () => {
  const numbers = new Stream<number>()
  const subscription = numbers.subscribe(() => {
    throw new Error('no')
  })
  assert.throws(() => numbers.emit(1), { code: 'STEP_FAILED', message: /no/ })
  subscription.unsubscribe()
  assert.equal(numbers.emit(2), undefined)
})

for (const [name, define, held] of [
  ['nothing below', s => s, 0],
  ['a sink', s => s.sink(() => {}), 0],
  ['a sink that fails', s => s.sink(fail), 0],
  ['an asynchronous sink', s => s.sink(async () => turn()), 1],
  ['an asynchronous sink that fails', s => s.sink(async () => turn().then(fail)), 1],
  ['mapAsync', s => s.mapAsync(async n => turn().then(() => n)), 1],
  ['a buffer before a slow sink', s => s.buffer(3).sink(async () => turn()), 1],
  ['latest before a slow sink', s => s.latest().sink(async () => turn()), 1],
  ['delay', s => s.delay(5), 1],
  ['a second turn of a loop', s => s.sink(n => (n === 0 ? s.emit(1) : undefined)), 0],
] as readonly (readonly [string, (s: Stream<number>) => unknown, number])[]) {
  test(`a RefCounter comes to its end exactly once: ${name}`, async () => {
    const numbers = new Stream<number>({ onFailure: () => {} })
    define(numbers)
    let ended = 0
    let told = (): void => {}
    const end = new Promise<void>(resolve => {
      told = resolve
    })
    const ref = new RefCounter(() => {
      ended++
      told()
    })
    let promise: Promise<void> | undefined
    try {
      promise = numbers.emit(0, { ref })
    } catch {
      assert.equal(held, 0)
    }
    assert.equal(ref.isDone, held === 0)
    await promise?.catch(() => undefined)
    await end
    await turn()
    assert.equal(ended, 1)
    await numbers.dispose()
  })
}

test('a RefCounter that is emitted from inside comes to its end with the element that led to it', () => {
  const numbers = new Stream<number>()
  const ends: number[] = []
  numbers.sink(n => {
    if (n < 3) void numbers.emit(n + 1, { ref: new RefCounter(() => ends.push(n + 1)) })
  })
  void numbers.emit(1)
  assert.deepEqual(
    ends.sort((a, b) => a - b),
    [2, 3],
  )
})

test('graphs that are joined have different ids in pictures, and the same numbers on their edges', () => {
  const a = new Stream<number>()
  const b = new Stream<number>()
  const merged = a.map(n => n).merge(b.map(n => n))
  merged.sink(() => {})
  visualize(merged, { format: 'json', counts: true })
  void a.emit(1)
  const { steps } = JSON.parse(visualize(merged, { format: 'json', counts: true })) as {
    readonly steps: readonly { readonly id: string; readonly inputs: readonly { readonly step: string }[] }[]
  }
  const ids = steps.map(step => step.id)
  assert.equal(new Set(ids).size, ids.length, ids.join())
  const maps = ids.filter(id => id.startsWith('map'))
  assert.deepEqual(
    steps.find(step => step.id.startsWith('merge'))?.inputs.map(input => input.step),
    maps,
  )
})

function fail(): never {
  throw new Error('no')
}
