/** All or nothing: calls that throw, calls that wait, crashes between. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, list, map, output, Stream, value } from '../../src/index.ts'
import { TestDriver, type TestDriverOptions } from '../../src/testing/index.ts'

const element = json({ key: 'string', time: 'number', do: 'string?' })

interface Setup extends TestDriverOptions {
  readonly onError?: 'fail' | 'skip' | 'retry'
  readonly isAsync?: boolean
}

/** Writes everything, and throws where the element says so, at the first attempt or at each. */
function writer({ onError = 'skip', isAsync = false, ...options }: Setup) {
  const app = new App('app')
  const elements = app.topic('elements', { value: element, partitions: 2 })
  const found = app.topic('found', { value: json<string>() })
  const aside = app.topic('aside', { value: json<string>() })
  let attempts = 0
  const write = (e: { readonly do?: string | undefined; readonly time: number }): readonly string[] => {
    if (e.do === 'fail' || (e.do === 'once' && attempts++ === 0)) throw new Error('refused')
    return [`wrote ${e.time}`]
  }
  const policy = onError === 'retry' ? ({ retry: { attempts: 2, otherwise: 'skip' } } as const) : onError
  const common = {
    state: { last: value<{ at: number[] }>(), all: list<number>(), each: map<string, number[]>() },
    timers: { due: 'event' },
    outputs: { aside: output<string>() },
  } as const
  const stream = app
    .stream(elements)
    .eventTime(e => e.time, { outOfOrder: 0, idleAfter: '1d', maxAhead: false })
    .keyBy('key')
  const stepOptions = { onError: policy }
  const made = isAsync
    ? stream.process(
        'write',
        {
          ...common,
          async onElement(e, { state, timers, outputs }) {
            const last = state.last.get() ?? { at: [] }
            last.at.push(e.time)
            state.last.set(last)
            state.all.add(e.time)
            await new Promise(resolve => setImmediate(resolve))
            state.each.set(`n${e.time}`, [e.time])
            if (e.time > 1) state.each.get('n1')?.push(99)
            timers.due.set(1000 + e.time)
            outputs.aside.emit(`aside ${e.time}`)
            const given = write(e)
            return e.do === 'show' ? [show(state)] : given
          },
          async onTimer({ time }, { state }) {
            await new Promise(resolve => setImmediate(resolve))
            return [`timer ${time} ${show(state)}`]
          },
        },
        stepOptions,
      )
    : stream.process(
        'write',
        {
          ...common,
          onElement(e, { state, timers, outputs }) {
            const last = state.last.get() ?? { at: [] }
            last.at.push(e.time)
            state.last.set(last)
            state.all.add(e.time)
            state.each.set(`n${e.time}`, [e.time])
            if (onError !== 'fail' && e.time > 1) state.each.get('n1')?.push(99)
            timers.due.set(1000 + e.time)
            outputs.aside.emit(`aside ${e.time}`)
            const given = write(e)
            return e.do === 'show' ? [show(state)] : given
          },
          onTimer: ({ time }, { state }) => [`timer ${time} ${show(state)}`],
        },
        stepOptions,
      )
  made.to(found)
  made.outputs.aside.to(aside)
  const driver = new TestDriver(app, options)
  const feed = async (...texts: readonly string[]): Promise<void> => {
    for (const partition of [0, 1]) {
      await driver.feedRecords(
        elements,
        texts.map(text => {
          const [key = '', time, what] = text.split(' ')
          return {
            value: {
              key: partition === 0 ? key : 'other',
              time: Number(time),
              ...(what === undefined || partition === 1 ? {} : { do: what }),
            },
            partition,
          }
        }),
      )
    }
  }
  const of = (texts: readonly (string | null | undefined)[]) => texts.filter(text => text != null)
  return {
    driver,
    feed,
    results: async () =>
      of((await driver.read(found)).filter(({ key }) => key === 'k').map(record => record.value)),
    asides: async () =>
      of((await driver.read(aside)).filter(({ key }) => key === 'k').map(record => record.value)),
  }
}

function show({
  last,
  all,
  each,
}: {
  readonly last: { get(): { at: number[] } | undefined }
  readonly all: { values(): readonly number[] }
  readonly each: { entries(): readonly (readonly [string, number[]])[] }
}): string {
  return `${last.get()?.at.join()} ${all.values().join()} ${each
    .entries()
    .map(([name, times]) => `${name}=${times.join('+')}`)
    .join()}`
}

for (const isAsync of [false, true]) {
  const kind = isAsync ? 'asynchronous' : 'synchronous'
  test(`a ${kind} call that fails leaves nothing behind where the policy skips it`, async () => {
    const { driver, feed, results, asides } = writer({ isAsync })
    await feed('k 1', 'k 2 fail', 'k 3 show')
    await driver.run()
    assert.deepEqual(await results(), ['wrote 1', '1,3 1,3 n1=1,n3=3'])
    assert.deepEqual(await asides(), ['aside 1', 'aside 3'])
    await driver.drain()
    assert.equal((await results()).at(-1), 'timer 1003 1,3 1,3 n1=1,n3=3')
  })

  test(`a ${kind} call that is tried again begins anew`, async () => {
    const { driver, feed, results, asides } = writer({ isAsync, onError: 'retry' })
    await feed('k 1', 'k 2 once', 'k 3 show')
    await driver.run()
    assert.deepEqual(await results(), ['wrote 1', 'wrote 2', '1,2,3 1,2,3 n1=1,n2=2,n3=3'])
    assert.deepEqual(await asides(), ['aside 1', 'aside 2', 'aside 3'])
  })

  for (const workers of [1, 2, 3]) {
    test(`${kind} calls give the same over crashes, with ${workers} workers`, async () => {
      const { driver, feed, results, asides } = writer({ isAsync, workers, onError: 'fail' })
      await feed('k 1', 'k 2')
      for (const moment of ['beforeCommit', 'afterCommit', 'record'] as const) {
        driver.crashAt({ moment })
        await driver.run()
      }
      await driver.run()
      await feed('k 3', 'k 1500 show')
      driver.crashAt({ moment: 'beforeCommit', number: 2 })
      await driver.run()
      await driver.run()
      assert.deepEqual(await results(), [
        'wrote 1',
        'wrote 2',
        'wrote 3',
        '1,2,3,1500 1,2,3,1500 n1=1,n2=2,n3=3,n1500=1500',
      ])
      assert.deepEqual(await asides(), ['aside 1', 'aside 2', 'aside 3', 'aside 1500'])
    })
  }
}

test('a failing call stops the app, and nothing of it is there when the app is mended', async () => {
  const { driver, feed, results } = writer({ onError: 'fail' })
  await feed('k 1', 'k 2 once')
  await assert.rejects(driver.run(), /step "elements.write" failed on key "k".*refused/)
  await feed('k 3 show')
  await driver.run()
  assert.deepEqual(await results(), ['wrote 1', 'wrote 2', '1,2,3 1,2,3 n1=1,n2=2,n3=3'])
})

test('asynchronous calls come one after the other, and see what those before have written', async () => {
  const numbers = new Stream<number>()
  const found = numbers
    .process('sum', {
      state: { sum: value<number>() },
      async onElement(n, { state }) {
        const before = state.sum.get() ?? 0
        await new Promise(resolve => setTimeout(resolve, 3 - n))
        state.sum.set(before + n)
        return [state.sum.get()]
      },
    })
    .toArray()
  await Promise.all([1, 2, 3].map(async n => numbers.emit(n)))
  assert.deepEqual(found, [1, 3, 6])
})

test('what is kept of the context of a call is refused when the call has ended', async () => {
  const numbers = new Stream<number>()
  const uses: (() => void)[] = []
  numbers.process('keeps', {
    state: { n: value<number>(), all: list<number>(), map: map<string, number>() },
    timers: { soon: 'event' },
    outputs: { aside: output<number>() },
    onElement(_n, { state, timers, outputs }) {
      uses.push(
        () => state.n.get(),
        () => state.n.set(1),
        () => state.all.add(1),
        () => state.all.values(),
        () => state.map.set('a', 1),
        () => timers.soon.set(1),
        () => outputs.aside.emit(1),
      )
    },
    onTimer() {},
  })
  await numbers.emit(1)
  assert.equal(uses.length, 7)
  for (const use of uses) assert.throws(use, /the context of a call ends with it/)
})

test('a promise of a handler that is not declared async is refused', async () => {
  const numbers = new Stream<number>()
  numbers.process('hidden', { onElement: n => Promise.resolve([n]) }).sink(() => {})
  await assert.rejects(
    async () => numbers.emit(1),
    /gave a promise and is no async function; declare it async/,
  )
})
