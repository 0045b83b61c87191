import assert from 'node:assert/strict'
import test from 'node:test'
import { SourceProbe } from '../testing/index.ts'
import { fromIterable } from './from-iterable.ts'

test('an array comes in order, and again in the next run', async () => {
  const source = fromIterable([1, 2, 3])
  for (let run = 0; run < 2; run++) {
    const probe = new SourceProbe(source)
    await probe.done
    assert.deepEqual(probe.values, [1, 2, 3])
  }
})

test('an async generator comes in order', async () => {
  const probe = new SourceProbe(
    fromIterable(
      (async function* () {
        yield 1
        await Promise.resolve()
        yield 2
      })(),
    ),
  )
  await probe.done
  assert.deepEqual(probe.values, [1, 2])
})

test('no more is read than the element that is held back', async () => {
  let read = 0
  const probe = new SourceProbe(
    fromIterable(
      (function* () {
        for (;;) yield ++read
      })(),
    ),
  ).hold()
  await probe.until(1)
  await Promise.resolve()
  assert.equal(read, 1)
  await probe.stop()
  assert.equal(read, 1)
})

test('an endless generator that never waits can be stopped', async () => {
  let isClosed = false
  const probe = new SourceProbe(
    fromIterable(
      (function* () {
        try {
          for (let value = 0; ; value++) yield value
        } finally {
          isClosed = true
        }
      })(),
    ),
  )
  await probe.until(1)
  await probe.stop()
  assert.equal(isClosed, true)
})

test('an async iterator whose next element never comes does not hold up a stop', async () => {
  const probe = new SourceProbe(
    fromIterable(
      (async function* () {
        yield 1
        await new Promise(() => {})
      })(),
    ),
  )
  await probe.until(1)
  assert.deepEqual(await probe.stop(), [1])
})

test('the clean-up of an async generator is waited for', async () => {
  let isClosed = false
  const probe = new SourceProbe(
    fromIterable(
      (async function* () {
        try {
          for (let value = 0; ; value++) yield value
        } finally {
          await Promise.resolve()
          isClosed = true
        }
      })(),
    ),
  ).hold()
  await probe.until(1)
  await probe.stop()
  assert.equal(isClosed, true)
})

for (const [kind, iterable] of [
  [
    'generator',
    () =>
      (function* () {
        yield 1
        throw new Error('disk gone')
      })(),
  ],
  [
    'async generator',
    () =>
      (async function* () {
        yield 1
        throw new Error('disk gone')
      })(),
  ],
] as const) {
  test(`what the ${kind} throws ends the run, after what came before it`, async () => {
    const probe = new SourceProbe(fromIterable<number>(iterable(), { name: 'numbers' }))
    await assert.rejects(probe.done, {
      code: 'STEP_FAILED',
      message: 'numbers: the iterable threw: disk gone',
    })
    assert.deepEqual(probe.values, [1])
  })

  test(`a failure below closes the ${kind}`, async () => {
    const iterator = iterable()
    const probe = new SourceProbe(fromIterable<number>(iterator)).fail(new Error('no room'))
    await assert.rejects(probe.done, { message: 'no room' })
    assert.equal((await iterator.next()).done, true)
  })
}

test('what cannot be iterated is refused', () => {
  function* numbers(): Generator<number> {
    yield 1
  }
  // As a program without types would call it.
  const wrong = numbers as unknown as Iterable<number>
  assert.throws(() => fromIterable(wrong), { code: 'OPTION_INVALID', message: /found a function/ })
})
