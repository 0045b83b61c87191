/** Lookups: which elements get which rows, what is kept and for how long, one call for many, failures. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { App, GraphError, json, type KeyedStream, ManualClock, Stream } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

interface Order {
  readonly id: number
  readonly user: string | undefined
}

/** Rows that are asked for by hand: who asked, and what they get. */
class Users {
  readonly asked: string[] = []
  readonly #waiting: { readonly id: string; readonly settle: (row: string | undefined | Error) => void }[] =
    []

  find(id: string): Promise<string | undefined> {
    this.asked.push(id)
    return new Promise((resolve, reject) => {
      const settle = (row: string | undefined | Error): void =>
        row instanceof Error ? reject(row) : resolve(row)
      this.#waiting.push({ id, settle })
    })
  }

  async answer(row: string | undefined | Error): Promise<void> {
    this.#waiting.shift()?.settle(row)
    await turn()
  }

  /** Who has asked since this was called last. */
  take(): readonly string[] {
    return this.asked.splice(0)
  }
}

const key = (order: Order): string | undefined => order.user

function lookingUp(options: {
  readonly how?: 'inner' | 'left'
  readonly entries?: number
  readonly ttl?: string
}) {
  const clock = new ManualClock(0)
  const users = new Users()
  const failures: string[] = []
  const orders = new Stream<Order>({ clock, onFailure: error => failures.push(error.message) })
  const { entries = 2, ttl = '10s', how = 'left' } = options
  const rows: string[] = []
  orders
    .lookup((id: string) => users.find(id), {
      key,
      how,
      concurrency: 9,
      cache: { entries, ttl },
      onError: 'skip',
    })
    .sink(row => rows.push(`${row.left.id} ${row.right ?? '-'}`))
  const ask = async (id: number, user: string | undefined): Promise<void> => {
    void orders.emit({ id, user })
    await turn()
  }
  return { clock, users, orders, rows, ask }
}

test('a row that is kept is not asked for again, nor that there is none, until it is too old', async () => {
  const { clock, users, rows, ask } = lookingUp({})
  await ask(1, 'ann')
  await users.answer('Ann')
  await ask(2, 'bob')
  await users.answer(undefined)
  assert.deepEqual(users.take(), ['ann', 'bob'])
  await ask(3, 'ann')
  await ask(4, 'bob')
  assert.deepEqual(users.take(), [])
  clock.advance(10_000)
  await ask(5, 'ann')
  await users.answer('Anne')
  assert.deepEqual(users.take(), ['ann'])
  assert.deepEqual(rows, ['1 Ann', '2 -', '3 Ann', '4 -', '5 Anne'])
})

test('no more rows are kept than may be: those go that were not asked for the longest', async () => {
  const { users, ask } = lookingUp({ entries: 2 })
  for (const [id, user] of ['a', 'b'].entries()) {
    await ask(id, user)
    await users.answer(user)
  }
  await ask(3, 'a')
  await ask(4, 'c')
  await users.answer('c')
  users.take()
  await ask(5, 'a')
  assert.deepEqual(users.take(), [])
  await ask(6, 'b')
  assert.deepEqual(users.take(), ['b'])
})

test('elements that ask for the same key at the same time share one call, and come out in order', async () => {
  const { users, rows, ask } = lookingUp({})
  await ask(1, 'ann')
  await ask(2, 'bob')
  await ask(3, 'ann')
  assert.deepEqual(users.take(), ['ann', 'bob'])
  await users.answer('Ann')
  assert.deepEqual(rows, ['1 Ann'])
  await users.answer('Bob')
  assert.deepEqual(rows, ['1 Ann', '2 Bob', '3 Ann'])
})

test('a failure is that of all who wait for the call, and is not kept', async () => {
  const { users, rows, ask } = lookingUp({})
  await ask(1, 'ann')
  await ask(2, 'ann')
  await users.answer(new Error('down'))
  assert.deepEqual(rows, [])
  await ask(3, 'ann')
  await users.answer('Ann')
  assert.deepEqual(users.take(), ['ann', 'ann'])
  assert.deepEqual(rows, ['3 Ann'])
})

test('elements without a row are left out, unless they are to come out alone; without a key nobody is asked', async () => {
  for (const how of ['inner', 'left'] as const) {
    const { users, rows, ask } = lookingUp({ how })
    await ask(1, undefined)
    await ask(2, 'ann')
    await users.answer(undefined)
    await ask(3, 'bob')
    await users.answer('Bob')
    assert.deepEqual(users.take(), ['ann', 'bob'])
    assert.deepEqual(rows, how === 'inner' ? ['3 Bob'] : ['1 -', '2 -', '3 Bob'])
  }
})

test('whoever waits for a call that took too long for another asks again', async () => {
  const clock = new ManualClock(0)
  const users = new Users()
  const orders = new Stream<Order>({ clock, onEvent: () => {} })
  const rows: unknown[] = []
  orders
    .lookup(
      (id: string, { signal }) => {
        const aborted = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        })
        return Promise.race([users.find(id), aborted])
      },
      { key, concurrency: 2, timeout: '1s', onError: 'skip', order: 'none' },
    )
    .sink(row => rows.push(row.left.id))
  void orders.emit({ id: 1, user: 'ann' })
  await turn()
  clock.advance(600)
  void orders.emit({ id: 2, user: 'ann' })
  await turn()
  assert.deepEqual(users.take(), ['ann'])
  clock.advance(400)
  await turn()
  await turn()
  assert.deepEqual(users.take(), ['ann'])
  await users.answer('nobody waits')
  await users.answer('Ann')
  assert.deepEqual(rows, [2])
  await orders.end()
})

test('in an app, a lookup whose commit was lost is made again, and gives each row once', async () => {
  const app = new App('lookups')
  const orders = app.topic('orders', { value: json({ id: 'number', user: 'string' }), partitions: 1 })
  const out = app.topic('out', { value: json({ id: 'number', name: 'string' }) })
  app
    .stream(orders)
    .lookup(async (id: string) => (id === 'x' ? undefined : id.toUpperCase()), {
      key: order => order.user,
      cache: { entries: 10, ttl: '1m' },
    })
    .map(({ left, right }) => ({ id: left.id, name: right }))
    .to(out)
  const driver = new TestDriver(app)
  await driver.feed(orders, [
    { id: 1, user: 'a' },
    { id: 2, user: 'x' },
    { id: 3, user: 'a' },
  ])
  driver.crashAt({ moment: 'beforeCommit' })
  assert.equal(await driver.run(), 'crashed')
  await driver.run()
  const rows = [
    { id: 1, name: 'A' },
    { id: 3, name: 'A' },
  ]
  assert.deepEqual(await driver.values(out), rows)
})

test('a keyed stream stays keyed, and types say what may be missing', () => {
  const orders = new Stream<{ id: number; user: string }>().keyBy('id')
  const find = (user: string): Promise<{ name: string } | undefined> => Promise.resolve({ name: user })
  const inner: KeyedStream<number, { key: string; right: { name: string } }> = orders.lookup(find, {
    key: order => order.user,
  })
  assert.ok(inner)
  // @ts-expect-error there may be no row
  orders.lookup(find, { key: order => order.user, how: 'left' }).map(({ right }) => right.name)
  // @ts-expect-error the key is no string
  orders.lookup(find, { key: order => order.id })
})

const REFUSED: readonly (readonly [parts: readonly unknown[], message: RegExp])[] = [
  [[undefined, { key }], /lookup was given undefined; expected a function/],
  [[() => {}], /lookup was given undefined as its options/],
  [[() => {}, {}], /lookup: key is undefined; expected a function that gives the key to ask for/],
  [[() => {}, { key, how: 'full' }], /lookup: how is "full"; expected one of "inner", "left"/],
  [[() => {}, { key, cache: { entries: 5 } }], /lookup: cache: ttl is undefined/],
  [[() => {}, { key, cache: { entries: 0, ttl: '1s' } }], /lookup: cache: entries is 0/],
  [
    [() => {}, { key, cache: { size: 5 } }],
    /lookup: cache: there is no option "size"; there are entries, ttl/,
  ],
  [[() => {}, { key, kind: 5 }], /lookup: there is no option "kind"; there are key, how, cache, concurrency/],
  [[() => {}, { key, concurrency: 0 }], /lookup: concurrency is 0/],
]

for (const [parts, message] of REFUSED) {
  test(`refused while it is built: ${message.source}`, () => {
    const orders = new Stream<Order>()
    assert.throws(
      // The point is what happens to parts that the types refuse.
      () => (orders.lookup as (...given: readonly unknown[]) => unknown).call(orders, ...parts),
      error => error instanceof GraphError && message.test(error.message),
    )
  })
}
