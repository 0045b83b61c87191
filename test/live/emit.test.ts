/** What emit promises: at once and depth first, a promise only for what is not done, one failure for one element. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ManualClock, type SluiceError, Stream } from 'sluice'
import { runScript } from './script.ts'
import { turn, whileMoving } from './turns.ts'

const MANY_TURNS = 1_000_000

/** Says when it may be looked at whether a promise has settled. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  promise.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  await turn()
  return settled
}

test('emit goes through everything at once, depth first in the order of construction, and gives nothing', () => {
  const numbers = new Stream<number>()
  const order: string[] = []
  const left = numbers.map(n => n * 10)
  left.sink(n => order.push(`a${n}`))
  numbers.flatMap(n => [n, n]).sink(n => order.push(`b${n}`))
  left.sink(n => order.push(`c${n}`))
  assert.equal(numbers.emit(1), undefined)
  assert.deepEqual(order, ['a10', 'c10', 'b1', 'b1'])
})

test('emit behind a step passes its function', () => {
  const numbers = new Stream<number>()
  const tens = numbers.map(n => n * 10)
  const seen = tens.toArray()
  void numbers.emit(1)
  void tens.emit(1)
  assert.deepEqual(seen, [10, 1])
})

test('the promise settles when all siblings are done, and what they became', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  const done: string[] = []
  for (const ms of [30, 10]) {
    numbers.sink(async n => {
      await clock.sleep(ms)
      done.push(`${ms}: ${n}`)
    })
  }
  numbers
    .flatMap(n => [n, n + 1])
    .mapAsync(async n => {
      await clock.sleep(20)
      return n
    })
    .sink(n => done.push(`after: ${n}`))
  const promise = numbers.emit(1)
  assert.ok(promise instanceof Promise)
  await whileMoving(clock, promise, 5)
  assert.deepEqual(done.sort(), ['10: 1', '30: 1', 'after: 1', 'after: 2'])
})

test('the promise of an emit covers the streams of other graphs that read it', async () => {
  const clock = new ManualClock()
  const first = new Stream<number>({ clock, name: 'first' })
  const second = new Stream<number>({ clock, name: 'second' })
  const seen: number[] = []
  second.merge(first).sink(async n => {
    await clock.sleep(10)
    seen.push(n)
  })
  await whileMoving(clock, first.emit(1))
  await whileMoving(clock, second.emit(2))
  assert.deepEqual(seen, [1, 2])
})

test('what a step throws comes out of emit, with the step and the element; later siblings do not get it', () => {
  const numbers = new Stream<number>()
  const before = numbers.toArray()
  numbers.map(n => {
    if (n === 2) throw new RangeError('two')
    return n
  })
  const after = numbers.toArray()
  void numbers.emit(1)
  assert.throws(() => numbers.emit(2), {
    code: 'STEP_FAILED',
    step: 'map',
    message: /element 2: RangeError: two/,
  })
  void numbers.emit(3)
  assert.deepEqual(before, [1, 2, 3])
  assert.deepEqual(after, [1, 3])
})

test('what an asynchronous step throws rejects the promise; the next elements go on', async () => {
  const numbers = new Stream<number>()
  const seen = numbers
    .map(async n => {
      if (n === 1) throw new RangeError('one')
      return n
    })
    .toArray()
  const failing = numbers.emit(1)
  const next = numbers.emit(2)
  await assert.rejects(async () => failing, { code: 'STEP_FAILED', step: 'map' })
  await next
  assert.deepEqual(seen, [2])
})

test('a failure at once while a sibling is still busy is thrown, and the sibling goes on', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  const seen: number[] = []
  numbers.sink(async n => {
    await clock.sleep(10)
    seen.push(n)
  })
  numbers.sink(() => {
    throw new Error('no')
  })
  assert.throws(() => numbers.emit(1), { code: 'STEP_FAILED' })
  clock.advance(10)
  await turn()
  assert.deepEqual(seen, [1])
})

test('a million turns of feedback need no depth', () => {
  const numbers = new Stream<number>()
  let count = 0
  numbers.sink(n => {
    count++
    if (n < MANY_TURNS) void numbers.emit(n + 1)
  })
  void numbers.emit(1)
  assert.equal(count, MANY_TURNS)
})

test('a million turns of feedback by an edge need no depth', () => {
  const numbers = new Stream<number>()
  const next = numbers.map(n => n + 1).filter(n => n <= MANY_TURNS)
  next.connect(numbers)
  let count = 0
  // The loop is last: what has gone round is done with before the next turn.
  next.sink(() => count++)
  void numbers.emit(1)
  assert.equal(count, MANY_TURNS - 1)
})

test('what is fed back goes next, before the next reader, in the order of recursion', () => {
  const numbers = new Stream<number>()
  const order: string[] = []
  numbers.sink(n => {
    order.push(`a${n}`)
    if (n < 3) {
      void numbers.emit(n + 1)
      if (n === 1) void numbers.emit(9)
    }
  })
  numbers.sink(n => order.push(`b${n}`))
  void numbers.emit(1)
  assert.deepEqual(order, ['a1', 'a2', 'a3', 'b3', 'b2', 'a9', 'b9', 'b1'])
})

test('awaiting the seed awaits a loop through asynchronous steps', async () => {
  const clock = new ManualClock()
  const pages = new Stream<number>({ clock })
  const seen = pages
    .mapAsync(
      async n => {
        await clock.sleep(10)
        return n
      },
      { concurrency: 4 },
    )
    .flatMap(n => (n < 20 ? [2 * n, 2 * n + 1] : []))
  const all = seen.toArray()
  seen.connect(pages)
  await whileMoving(clock, pages.emit(1))
  assert.equal(all.length, 38)
})

test('awaiting the seed awaits what a sink behind an asynchronous step emits, which waits for nothing', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  const seen: number[] = []
  numbers
    .mapAsync(async n => {
      await clock.sleep(10)
      return n
    })
    .sink(n => {
      seen.push(n)
      return n < 5 ? numbers.emit(n + 1) : undefined
    })
  await whileMoving(clock, numbers.emit(1))
  assert.deepEqual(seen, [1, 2, 3, 4, 5])
})

test('a failure in a loop behind an asynchronous step rejects the seed', async () => {
  const numbers = new Stream<number>()
  numbers
    .map(async n => n)
    .sink(n => {
      if (n === 3) throw new Error('three')
      void numbers.emit(n + 1)
    })
  await assert.rejects(async () => numbers.emit(1), { code: 'STEP_FAILED', message: /three/ })
})

test('emit into another stream from a sink is a root of its own', async () => {
  const clock = new ManualClock()
  const first = new Stream<number>({ clock })
  const second = new Stream<number>({ clock })
  const seen: number[] = []
  second.sink(async n => {
    await clock.sleep(10)
    seen.push(n)
  })
  const promises: unknown[] = []
  first.sink(n => {
    promises.push(second.emit(n))
  })
  assert.equal(first.emit(1), undefined)
  assert.ok(promises[0] instanceof Promise)
  await whileMoving(clock, promises[0] as Promise<void>)
  assert.deepEqual(seen, [1])
})

test('a failure of another stream that a sink emits into is the sink’s, which may catch it', () => {
  const first = new Stream<number>()
  const second = new Stream<number>()
  second.sink(() => {
    throw new Error('no')
  })
  const caught: string[] = []
  first.sink(n => {
    try {
      void second.emit(n)
    } catch (thrown) {
      caught.push((thrown as SluiceError).code)
    }
  })
  void first.emit(1)
  assert.deepEqual(caught, ['STEP_FAILED'])
  first.sink(n => second.emit(n))
  assert.throws(() => first.emit(2), { code: 'STEP_FAILED' })
})

test('emit after the end is an error, from inside too', () => {
  const numbers = new Stream<number>()
  const seen = numbers.toArray()
  void numbers.emit(1)
  void numbers.end()
  assert.throws(() => numbers.emit(2), { code: 'USAGE', message: /has ended/ })
  assert.deepEqual(seen, [1])
})

test('ending twice is ending once', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  const seen = numbers.delay('1s').chunk(5).toArray()
  void numbers.emit(1)
  const ends = [numbers.end(), numbers.end()]
  await whileMoving(clock, Promise.all(ends.map(async end => end)))
  assert.deepEqual(seen, [[1]])
})

for (const [name, define] of Object.entries<(a: Stream<number>, b: Stream<number>) => Stream<number>>({
  'a merge': (a, b) => a.merge(b),
  'a zip': (a, b) => a.zip(b).flatten(),
  'a loop': (a, b) => {
    const merged = a.merge(b)
    merged.filter(n => n < 0).connect(merged)
    return merged
  },
  'steps that are asynchronous': (a, b) => a.merge(b).map(async n => n),
})) {
  test(`the end goes through ${name} once all inputs have ended`, async () => {
    const clock = new ManualClock()
    const a = new Stream<number>({ clock })
    const b = new Stream<number>({ clock })
    const seen = define(a, b).chunk(100).toArray()
    void a.emit(1)
    void b.emit(2)
    await turn()
    await a.end()
    assert.deepEqual(seen, [])
    await b.end()
    assert.deepEqual(seen, [[1, 2]])
  })
}

test('a timer’s failure is told to onFailure, or is an unhandled rejection', async () => {
  const clock = new ManualClock()
  const told: string[] = []
  const numbers = new Stream<number>({ clock, onFailure: error => told.push(error.code) })
  numbers.delay('1s').sink(() => {
    throw new Error('no')
  })
  void numbers.emit(1)
  clock.advance(1000)
  await turn()
  assert.deepEqual(told, ['STEP_FAILED'])
  const { code, stderr } = await runScript(`
    import { Stream } from 'sluice'
    const loud = new Stream()
    loud.delay('1ms').sink(() => { throw new Error('loud') })
    void loud.emit(1)
  `)
  assert.equal(code, 1)
  assert.match(stderr, /STEP_FAILED[\s\S]*loud/)
})

test('a policy of each step decides: skip, retry, dead letters, fail', async () => {
  const clock = new ManualClock()
  const events: string[] = []
  const numbers = new Stream<number>({
    clock,
    onError: 'skip',
    onEvent: event => {
      if (event.type === 'error') events.push(`${event.step} ${event.action}`)
    },
  })
  const odd = (n: number): number => {
    if (n % 2 === 0) throw new Error('even')
    return n
  }
  let attempts = 0
  const skipped = numbers.map(odd, { id: 'skips' }).toArray()
  const retried = numbers
    .map(
      n => {
        if (n === 2 && ++attempts < 3) throw new Error('again')
        return n
      },
      { id: 'retries', onError: { retry: { attempts: 3, backOff: '1s' } } },
    )
    .toArray()
  const letters = numbers.deadLetters().toArray()
  const buried = numbers.map(async n => odd(n), { id: 'buries', onError: 'deadLetter' }).toArray()
  for (const n of [1, 2, 3]) await whileMoving(clock, numbers.emit(n))
  assert.deepEqual(
    [skipped, retried, buried],
    [
      [1, 3],
      [1, 2, 3],
      [1, 3],
    ],
  )
  assert.deepEqual(
    letters.map(({ step, element }) => [step, element]),
    [['buries', 2]],
  )
  assert.equal(attempts, 3)
  assert.deepEqual(events.sort(), [
    'buries deadLettered',
    'retries retrying',
    'retries retrying',
    'skips skipped',
  ])
  numbers.map(odd, { onError: 'fail' })
  assert.throws(() => numbers.emit(2), { code: 'STEP_FAILED' })
})

test('policies hold for what a timer sets off', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock, onError: 'deadLetter' })
  const letters = numbers.deadLetters().toArray()
  const seen = numbers
    .delay('1s')
    .map(n => {
      if (n === 1) throw new Error('no')
      return n
    })
    .toArray()
  void numbers.emit(1)
  void numbers.emit(2)
  await turn()
  clock.advance(1000)
  await turn()
  assert.deepEqual(seen, [2])
  assert.equal(letters.length, 1)
})

test('an element waits in order behind one that is tried again', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock, onError: 'retry' })
  let fails = 2
  const seen = numbers
    .map(n => {
      if (n === 1 && fails-- > 0) throw new Error('again')
      return n
    })
    .toArray()
  const first = numbers.emit(1)
  const second = numbers.emit(2)
  assert.ok(!(await isSettled(second ?? Promise.resolve())))
  await whileMoving(clock, Promise.all([first, second]))
  assert.deepEqual(seen, [1, 2])
})
