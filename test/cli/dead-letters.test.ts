/** `sluice dead-letters`: looking at what failed, sending it back, dropping it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { BatchBuilder } from '../../src/broker/index.ts'
import { seededRandom } from '../../src/testing/choices.ts'
import { propertyOptions } from '../properties/seed.ts'
import { jsonLines, Place, program } from './command.ts'

const BROKEN = { BROKEN: '1' }

interface Order {
  readonly id: number
  readonly customer: string
  readonly amount: number
}

function ordersOf(count: number): readonly Order[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    customer: `c${id % 3}`,
    amount: id % 5 === 2 ? id + 0.5 : id,
  }))
}

/** A place where the broken program has processed some orders. */
async function afterFailures(t: TestContext, count: number): Promise<Place> {
  const place = new Place(t)
  await place.topic('orders', 2, ordersOf(count))
  const { code } = await place.run(['run', program('orders'), '--until-caught-up'], '', BROKEN)
  assert.equal(code, 0)
  return place
}

async function sumsIn(place: Place): Promise<readonly string[]> {
  const { stdout } = await place.run(['topic', 'read', 'sums', '--values'])
  return stdout.trim().split('\n').sort()
}

function wantedSums(count: number): readonly string[] {
  const sums = new Map<string, number>()
  for (const { customer, amount } of ordersOf(count)) sums.set(customer, (sums.get(customer) ?? 0) + amount)
  return [...sums].map(([customer, sum]) => JSON.stringify({ customer, sum })).sort()
}

test('letters are listed by step and error, whatever numbers and texts the messages name', async t => {
  const place = await afterFailures(t, 50)
  const { stdout, stderr } = await place.run(['dead-letters', 'list', 'orders'])
  const rows = stdout
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/ {2,}/))
  assert.deepEqual(
    rows
      .map(([letters, step, code, , error]) => [letters, step, code, error])
      .sort((a, b) => ((a[1] ?? '') < (b[1] ?? '') ? -1 : 1)),
    [
      ['10', 'check', 'STEP_FAILED', 'RangeError: order # is odd'],
      ['10', 'orders', 'DECODE_FAILED', 'field "…" is # (number); expected integer'],
      ['10', 'sum', 'STEP_FAILED', 'TypeError: no price for "…"'],
    ],
  )
  assert.match(stderr, /30 dead letters/)
  const groups = jsonLines((await place.run(['dead-letters', 'list', 'orders', '--json'])).stdout)
  assert.deepEqual(
    (groups as readonly { readonly count: number }[]).map(group => group.count),
    [10, 10, 10],
  )
})

test('one by one they are listed up to a limit, and each can be shown', async t => {
  const place = await afterFailures(t, 50)
  const list = await place.run([
    'dead-letters',
    'list',
    'orders',
    '--step',
    'check',
    '--limit',
    '3',
    '--json',
  ])
  const letters = jsonLines(list.stdout) as readonly { readonly partition: number; readonly offset: number }[]
  assert.equal(letters.length, 3)
  const [first] = letters
  const { code, stdout } = await place.run([
    'dead-letters',
    'show',
    'orders',
    `${first?.partition}/${first?.offset}`,
  ])
  assert.equal(code, 0)
  assert.match(stdout, /^step "check" failed \(orders\/0 at offset \d+\): RangeError: order \d+ is odd$/m)
  assert.match(stdout, /^ {2}origin +orders\/0 at offset \d+$/m)
  assert.match(stdout, /^ {2}value +\{"id":\d+,"customer":"c\d","amount":\d+\}$/m)
  const none = await place.run(['dead-letters', 'show', 'orders', '0/9999'])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /app "orders" has no dead letter 0\/9999/)
  assert.equal((await place.run(['dead-letters', 'show', 'orders', 'first'])).code, 2)
})

for (const workers of ['1', '2']) {
  test(`after the program is mended, a retry gives what it would have given, with ${workers} workers`, async t => {
    const place = await afterFailures(t, 50)
    const retry = await place.run(['dead-letters', 'retry', 'orders'])
    assert.equal(retry.stderr, 'sent 30 dead letters back: the next run takes them up\n')
    const list = await place.run(['dead-letters', 'list', 'orders'])
    assert.equal(list.stderr, 'there are no dead letters\n30 more sent back and not processed yet\n')
    const run = await place.run(['run', program('orders'), '--drain', '--workers', workers])
    assert.equal(run.code, 0, run.stderr)
    assert.deepEqual(await sumsIn(place), wantedSums(50))
    assert.equal((await place.run(['dead-letters', 'list', 'orders'])).stderr, 'there are no dead letters\n')
  })
}

test('to drop needs words that say which', async t => {
  const place = await afterFailures(t, 50)
  const careless = await place.run(['dead-letters', 'drop', 'orders'])
  assert.equal(careless.code, 2)
  assert.match(careless.stderr, /say which: --step, --partition and --offsets choose some, --all takes all/)
  assert.equal(
    (await place.run(['dead-letters', 'drop', 'orders', '--step', 'sum'])).stderr,
    'dropped 10 dead letters\n',
  )
  assert.equal(
    (await place.run(['dead-letters', 'drop', 'orders', '--all'])).stderr,
    'dropped 20 dead letters\n',
  )
})

test('retries and runs are killed at random, and every letter has its effect once', async t => {
  const random = seededRandom(propertyOptions(t, 1).seed)
  const count = 30_000
  const place = await afterFailures(t, count)
  const start = (words: readonly string[], withinMs: number) => {
    const running = place.start(words)
    const timer = wait(random() * withinMs).then(() => running.child.kill('SIGKILL'))
    return Promise.all([running.ended, timer])
  }
  for (let round = 0; round < 6; round++) {
    const run = start(['run', program('orders'), '--workers', round % 2 === 0 ? '2' : '1'], 1500)
    await Promise.all([run, start(['dead-letters', 'retry', 'orders'], 700)])
  }
  // One that was killed with its workers alive leaves the lease to the next.
  assert.equal((await place.run(['dead-letters', 'retry', 'orders'])).code, 0)
  const last = await place.run(['run', program('orders'), '--drain', '--workers', '2'])
  assert.equal(last.code, 0, last.stderr)
  assert.deepEqual(await sumsIn(place), wantedSums(count))
})

test('200,000 letters are listed in little memory', async t => {
  const place = await afterFailures(t, 5)
  await place.broker(async broker => {
    const builder = new BatchBuilder()
    const value = Buffer.from('x'.repeat(100))
    for (let n = 0; n < 200_000; n++) {
      const headers = [
        [
          'error',
          Buffer.from(`step "check" failed (orders/0 at offset ${n}): RangeError: order ${n} is odd`),
        ],
        ['code', Buffer.from('STEP_FAILED')],
        ['step', Buffer.from('check')],
      ] as const
      builder.append(null, value, n, headers)
      if (builder.count < 1000) continue
      const batch = builder.build()
      if (batch !== undefined) await broker.produce([{ topic: 'orders-dead-letters', partition: 0, batch }])
    }
  })
  const { code, stdout, stderr } = await place.run(
    ['dead-letters', 'list', 'orders', '--step', 'check', '--json'],
    '',
    {
      NODE_OPTIONS: '--max-old-space-size=24',
    },
  )
  assert.equal(code, 0, stderr)
  assert.equal((jsonLines(stdout)[0] as { readonly count: number }).count, 200_001)
})
