/** State per key and window as a cell. */
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  App,
  calendar,
  cumulate,
  hopping,
  json,
  Stream,
  session,
  tumbling,
  windows,
} from '../../src/index.ts'
import { TestDriver, type TestDriverOptions } from '../../src/testing/index.ts'

interface Setup extends TestDriverOptions {
  readonly isAsync?: boolean
  readonly onError?: 'skip'
}

/** Collects times per hopping window of 10 ms each 5; tells at close, and of windows when asked. */
function collected({ isAsync = false, onError, ...options }: Setup = {}) {
  const app = new App('collected', onError === undefined ? {} : { onError })
  const elements = app.topic('elements', {
    value: json({ key: 'string', time: 'number', do: 'string?' }),
    partitions: 2,
  })
  const found = app.topic('found', { value: json<string>() })
  const late = app.topic('late', { value: json({ key: 'string', time: 'number', do: 'string?' }) })
  const keyed = app
    .stream(elements)
    .eventTime(e => e.time, { idleAfter: '1d', maxAhead: false })
    .keyBy('key')
  const state = { times: windows(hopping(10, 5), { init: (): number[] => [], retention: 20 }) }
  const text = (each: {
    window: { start: number; end: number }
    state: readonly number[]
    isOpen?: boolean
  }): string =>
    `[${each.window.start},${each.window.end}):${each.state.join('+')}${each.isOpen === true ? '…' : ''}`
  const made = isAsync
    ? keyed.process('times', {
        state,
        async onElement(e, { state: { times } }) {
          await new Promise(resolve => setImmediate(resolve))
          times.update(before => [...before, e.time])
        },
        async onClose({ window, state: its }, { key, time }) {
          await new Promise(resolve => setImmediate(resolve))
          return [`${key} ${text({ window, state: its })} at ${time}`]
        },
      })
    : keyed.process('times', {
        state,
        onElement(e, { state: { times } }) {
          const changed = times.update(before => [...before, e.time])
          if (e.do === 'fail') throw new Error('refused')
          if (e.do === 'count') return [`${changed}`]
          if (e.do === 'at') return [times.at(e.time).map(text).join(' ')]
          if (e.do === 'before')
            return [
              times
                .at(e.time - 10)
                .map(text)
                .join(' '),
            ]
          if (e.do === 'between') return [times.between(0, 12).map(text).join(' ')]
          const newest = times.newest()
          return e.do === 'newest' ? [newest === undefined ? 'none' : text(newest)] : []
        },
        onClose: ({ window, state: its }, { key, time }) => [
          `${key} ${text({ window, state: its })} at ${time}`,
        ],
      })
  made.to(found)
  made.late.to(late)
  const driver = new TestDriver(app, options)
  const feed = async (...texts: readonly string[]): Promise<void> => {
    for (const [partition, own] of [
      [0, true],
      [1, false],
    ] as const) {
      const records = texts.map(each => {
        const [key = '', time, what] = each.split(' ')
        return {
          value: {
            key: own ? key : `o`,
            time: Number(time),
            ...(what === undefined || !own ? {} : { do: what }),
          },
          partition,
        }
      })
      await driver.feedRecords(elements, records)
    }
  }
  const results = async (): Promise<readonly string[]> =>
    (await driver.values(found))
      .filter(each => typeof each === 'string')
      .filter(each => !each.startsWith('o '))
  return {
    driver,
    feed,
    results,
    lates: async () => (await driver.values(late)).map(value => `${value?.key} ${value?.time}`),
  }
}

for (const isAsync of [false, true]) {
  for (const workers of [1, 2, 3]) {
    test(`each window closes once per key with what its elements made of it, over crashes, with ${workers} workers${isAsync ? ', asynchronously' : ''}`, async () => {
      const { driver, feed, results } = collected({ workers, isAsync })
      await feed('k 1', 'l 2', 'k 6', 'k 12')
      for (const moment of ['beforeCommit', 'afterCommit', 'record', 'beforeCommit'] as const) {
        driver.crashAt({ moment })
        await driver.run()
      }
      await driver.run()
      await driver.drain()
      assert.deepEqual((await results()).toSorted(), [
        'k [-5,5):1 at 4',
        'k [0,10):1+6 at 9',
        'k [10,20):12 at 19',
        'k [5,15):6+12 at 14',
        'l [-5,5):2 at 4',
        'l [0,10):2 at 9',
      ])
      await driver.drain()
      assert.equal((await results()).length, 6)
    })
  }
}

test('an element that is late for all its windows goes to the late output; windows that are passed take nothing', async () => {
  const { driver, feed, results, lates } = collected()
  await feed('k 1', 'k 12', 'k 7 count', 'k 3')
  await driver.run()
  assert.deepEqual(
    (await results()).filter(text => text.length < 3),
    ['1'],
  )
  assert.deepEqual((await lates()).toSorted(), ['k 3', 'o 3'])
  const told = driver.events.flatMap(event => (event.type === 'late' ? [event.count, event.finallyLate] : []))
  assert.deepEqual(told, [1, 0, 1, 0])
})

test('windows can be asked for while they are open, and for their retention after they have closed', async () => {
  const { driver, feed, results } = collected({ workers: 2 })
  const asked = async (text: string): Promise<string | undefined> => {
    await feed(text)
    await driver.run()
    return (await results()).findLast(each => !each.startsWith('k ') && !each.startsWith('l '))
  }
  assert.equal(await asked('k 1 newest'), '[0,10):1…')
  assert.equal(await asked('k 6 at'), '[0,10):1+6… [5,15):6…')
  assert.equal(await asked('l 7 newest'), '[5,15):7…')
  assert.equal(await asked('k 12 between'), '[-5,5):1 [0,10):1+6… [5,15):6+12… [10,20):12…')
  assert.equal(await asked('k 13 before'), '[-5,5):1 [0,10):1+6')
  assert.equal(await asked('k 29'), '[-5,5):1 [0,10):1+6')
  assert.equal(await asked('k 29 between'), '[0,10):1+6 [5,15):6+12+13 [10,20):12+13')
  assert.equal(await asked('k 35'), '[0,10):1+6 [5,15):6+12+13 [10,20):12+13')
  assert.equal(await asked('k 35 between'), '[10,20):12+13')
})

test('a call that fails leaves all windows as they were', async () => {
  const { driver, feed, results } = collected({ onError: 'skip' })
  await feed('k 1', 'k 2 fail', 'k 3')
  await driver.drain()
  assert.deepEqual(await results(), ['k [-5,5):1+3 at 4', 'k [0,10):1+3 at 9'])
})

test('one state cannot be given to several windows', async () => {
  const numbers = new Stream<number>()
  const shared: number[] = []
  numbers
    .eventTime(n => n)
    .keyBy(() => 'k')
    .process('shares', {
      state: { times: windows(hopping(10, 5), { init: (): number[] => [] }) },
      onElement: (_n, { state }) => void state.times.update(() => shared),
    })
    .sink(() => {})
  await assert.rejects(async () => numbers.emit(1), /gave one object for several windows/)
})

test('states may be changed in place, and each window begins with one of its own', async () => {
  const numbers = new Stream<number>()
  const found = numbers
    .eventTime(n => n)
    .keyBy(() => 'k')
    .process('in-place', {
      state: { times: windows(hopping(10, 5), { init: (): number[] => [] }) },
      onElement: (n, { state }) => void state.times.update(times => void times.push(n)),
      onClose: ({ window, state }) => [`${window.end} ${state.join()}`],
    })
    .toArray()
  for (const n of [1, 6, 12]) await numbers.emit(n)
  await numbers.end()
  assert.deepEqual(found, ['5 1', '10 1,6', '15 6,12', '20 12'])
})

test('cells are per window of every kind whose borders are known', () => {
  const init = (): number => 0
  for (const each of [tumbling('1s'), hopping('2s', '1s'), cumulate('1s', '2s'), calendar('day')]) {
    assert.equal(windows(each, { init }).kind, 'windows')
  }
  assert.throws(() => windows(session('1s'), { init }), /was given session windows; cells are per tumbling/)
})
