/** Calls of a pool that nothing happens to: values, order, room, errors. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { moduleFunction } from '../../src/index.ts'
import { folder, testBoth, untilFiles, work } from './fixture.ts'

testBoth('a function of a module runs elsewhere and gives its result', async (_, open) => {
  const pool = open()
  assert.equal(await pool.run(work('square'), [7]), 49)
  assert.equal(await pool.run(work('default'), ['Ada']), 'hello Ada')
  assert.equal(await pool.run(work('later'), [1, 'awaited']), 'awaited')
  assert.notEqual(await pool.run(work('whoAmI'), []), `${process.pid}/0`)
})

testBoth('a module of Node itself has functions as well', async (_, open) => {
  const hash = moduleFunction<(algorithm: string, data: string) => string>('node:crypto', 'hash')
  assert.equal(await open().run(hash, ['md5', 'a']), '0cc175b9c0f1b6a831c399e269772661')
})

testBoth('workers let the program go first, unless they are told not to', async (_, open) => {
  const priority = moduleFunction<(pid: number) => number>('node:os', 'getPriority')
  const own = getPriority()
  assert.equal(await open({ priority: 'normal' }).run(priority, [0]), own)
  // Elsewhere threads have the priority of their process.
  const isLower = (await open().run(priority, [0])) > own
  assert.ok(isLower || process.platform !== 'linux')
  assert.equal(getPriority(), own)
})

testBoth('values arrive as they are: maps, dates, bytes, big integers, circles', async (_, open) => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  const value = {
    map: new Map([['a', new Set([1, 2])]]),
    date: new Date(5),
    bytes: new Uint8Array([1, 2, 255]),
    big: 2n ** 70n,
    nothing: undefined,
    nan: Number.NaN,
    minusZero: -0,
    circle,
  }
  assert.deepStrictEqual(await open().run(work('echo'), [value]), value)
})

testBoth('a value of many megabytes goes there and back', async (_, open) => {
  const text = 'ä'.repeat(10_000_000)
  assert.equal((await open().run(work('echo'), [text])) === text, true)
})

testBoth('workers start when calls need them, run one call each, and stay', async (t, open) => {
  const place = folder(t)
  const pool = open({ workers: 2 })
  const met = ['a', 'b', 'c'].map(name => pool.run(work('meet'), [place, name]))
  await untilFiles(join(place, 'a'), join(place, 'b'))
  assert.equal(pool.pending, 3)
  writeFileSync(join(place, 'go'), '')
  const who = await Promise.all(met)
  assert.equal(new Set(who).size, 2)
  assert.ok(who.includes(await pool.run(work('whoAmI'), [])))
  assert.equal(pool.pending, 0)
})

testBoth('calls begin in the order in which they were asked for', async (_, open) => {
  const pool = open({ workers: 1 })
  const counts = await Promise.all(Array.from({ length: 50 }, () => pool.run(work('countCalls'), [])))
  assert.deepEqual(
    counts,
    counts.map((_, index) => index + 1),
  )
})

testBoth('a call that takes long holds up no other', async (t, open) => {
  const go = join(folder(t), 'go')
  const pool = open()
  const slow = pool.run(work('waitFor'), [go])
  for (let value = 0; value < 10; value++)
    assert.equal(await pool.run(work('square'), [value]), value * value)
  writeFileSync(go, '')
  await slow
})

testBoth('what a function throws arrives with name, message, stack, causes and fields', async (_, open) => {
  await assert.rejects(open().run(work('fail'), []), thrown => {
    assert.ok(thrown instanceof RangeError)
    assert.equal(thrown.message, 'too far')
    assert.match(thrown.stack ?? '', /RangeError: too far\n +at fail \(.*work\.ts:\d+/)
    assert.ok(thrown.cause instanceof TypeError)
    assert.equal(thrown.cause.message, 'the reason')
    assert.deepEqual(Object.fromEntries(Object.entries(thrown)), { code: 'E_FAR', limit: { most: 3 } })
    return true
  })
})

testBoth(
  'an error of a name of its own keeps it, and anything else that is thrown is as it was',
  async (_, open) => {
    const pool = open()
    await assert.rejects(pool.run(work('failNamed'), []), {
      name: 'CustomerError',
      message: 'no such customer',
    })
    await assert.rejects(pool.run(work('failPlainly'), []), { status: 404 })
  },
)

testBoth('an argument that cannot be copied is named, and costs nothing but its call', async (_, open) => {
  const pool = open()
  await assert.rejects(pool.run(work('echo'), [{ list: [1, { next: () => 1 }] }]), {
    code: 'ENCODE_FAILED',
    message:
      /^argument 1 of echo of .*work\.ts cannot be copied to a worker: \.list\[1\]\.next is a function/,
  })
  assert.equal(await pool.run(work('square'), [3]), 9)
})

testBoth('a result that cannot be copied is named, and costs nothing but its call', async (_, open) => {
  const pool = open()
  await assert.rejects(pool.run(work('giveFunction'), []), {
    code: 'ENCODE_FAILED',
    message:
      /^the result of giveFunction of .*work\.ts cannot be copied out of its worker: \.handlers\[0\]\.onClick is a function/,
  })
  assert.equal(await pool.run(work('square'), [3]), 9)
})

testBoth('a module that is not there is named with the remedy', async (_, open) => {
  const nowhere = moduleFunction<() => void>(new URL('./programs/nowhere.ts', import.meta.url))
  await assert.rejects(open().run(nowhere, []), {
    code: 'OPTION_INVALID',
    message:
      /^the module .*nowhere\.ts with the function default does not load in a worker: there is no such file/,
  })
})

testBoth('a module that throws as it is loaded is named with what it threw', async (_, open) => {
  const broken = moduleFunction<() => void>(new URL('./programs/broken.ts', import.meta.url))
  const pool = open()
  for (let time = 0; time < 2; time++) {
    await assert.rejects(pool.run(broken, []), (thrown: Error) => {
      assert.match(thrown.message, /broken\.ts .* does not load in a worker: no database$/)
      assert.match((thrown.cause as Error).stack ?? '', /broken\.ts:\d+/)
      return true
    })
  }
  assert.equal(await pool.run(work('square'), [3]), 9)
})

testBoth('an export that is not there is named with those that are', async (_, open) => {
  const sqare = moduleFunction<(value: number) => number>(
    new URL('./programs/work.ts', import.meta.url),
    'sqare',
  )
  const pool = open()
  await assert.rejects(pool.run(sqare, [3]), {
    code: 'OPTION_INVALID',
    message: /work\.ts exports no function sqare; it exports chatter, .*, …: export the function, or/,
  })
  assert.equal(await pool.run(work('square'), [3]), 9)
})

testBoth('there is room again as calls end, for one after the other', async (t, open) => {
  const place = folder(t)
  const pool = open({ workers: 2, capacity: 2 })
  const order: string[] = []
  await pool.room()
  const first = [pool.run(work('meet'), [place, 'a']), pool.run(work('meet'), [place, 'b'])]
  let most = 0
  const entering = ['c', 'd', 'e'].map(async name => {
    await pool.room()
    order.push(name)
    const call = pool.run(work('meet'), [place, name])
    most = Math.max(most, pool.pending)
    await call
  })
  await untilFiles(join(place, 'a'), join(place, 'b'))
  assert.deepEqual([order, pool.pending], [[], 2])
  writeFileSync(join(place, 'go'), '')
  await Promise.all([...first, ...entering])
  assert.deepEqual([order, most], [['c', 'd', 'e'], 2])
})

testBoth('a call that is aborted ends with the reason, whether it waits or runs', async (t, open) => {
  const place = folder(t)
  const pool = open({ workers: 1 })
  const [runs, waits] = [new AbortController(), new AbortController()]
  const running = pool.run(work('spinAndTell'), [join(place, 'spins')], runs.signal)
  const waiting = pool.run(work('square'), [3], waits.signal)
  const last = pool.run(work('square'), [4])
  await untilFiles(join(place, 'spins'))
  waits.abort(new Error('not wanted any more'))
  await assert.rejects(waiting, { message: 'not wanted any more' })
  runs.abort(new Error('enough'))
  await assert.rejects(running, { message: 'enough' })
  assert.equal(await last, 16)
  await assert.rejects(pool.run(work('square'), [5], runs.signal), { message: 'enough' })
  assert.equal(pool.pending, 0)
})

testBoth('a module that speaks to its parent by itself disturbs nobody', async (_, open) => {
  assert.equal(await open().run(work('chatter'), []), 'right')
})

testBoth('a pool that is closed refuses calls, and those that were pending', async (t, open) => {
  const place = folder(t)
  const pool = open({ workers: 1, capacity: 1 })
  const running = pool.run(work('spinAndTell'), [join(place, 'spins')])
  const waiting = pool.run(work('square'), [3])
  const room = pool.room()
  const refused = { code: 'OPTION_INVALID', message: /^the pool is closed/ }
  const rejected = [running, waiting, room].map(each => assert.rejects(each, refused))
  await untilFiles(join(place, 'spins'))
  await pool.close()
  await Promise.all(rejected)
  await assert.rejects(pool.run(work('square'), [3]), refused)
  await assert.rejects(pool.room(), refused)
  await pool.close()
})
