/** How live streams stop: loops that are left, sources that others still run, graphs that are torn down. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { of, from as rxFrom, take, toArray } from 'rxjs'
import { ManualClock, Stream } from 'sluice'
import { runScript } from './script.ts'
import { turn, whileMoving } from './turns.ts'

/** Numbers, one whenever there is room, until it is stopped. */
function endless(log: string[] = []): Stream<number> {
  return Stream.from<number>({
    name: 'endless',
    run: async ({ emit, signal }) => {
      log.push('started')
      for (let n = 0; !signal.aborted; n++) {
        await emit(n)
        await turn()
      }
      log.push('stopped')
    },
  })
}

test('a loop that is left stops the source; what it did not ask for holds nobody back', async () => {
  const log: string[] = []
  const seen: number[] = []
  for await (const n of endless(log)) {
    seen.push(n)
    if (n === 2) break
  }
  assert.deepEqual(
    [seen, log],
    [
      [0, 1, 2],
      ['started', 'stopped'],
    ],
  )
})

test('of two loops over one source, the one that is left does not stop the other', async () => {
  const log: string[] = []
  const numbers = endless(log)
  const loop = async (count: number): Promise<number> => {
    let seen = 0
    for await (const _ of numbers) if (++seen === count) break
    return seen
  }
  assert.deepEqual(await Promise.all([loop(2), loop(50)]), [2, 50])
  assert.deepEqual(log, ['started', 'stopped'])
})

test('a loop that throws stops the source, and one over a failing source throws its failure', async () => {
  const log: string[] = []
  await assert.rejects(async () => {
    for await (const n of endless(log)) if (n === 1) throw new RangeError('mine')
  }, RangeError)
  assert.deepEqual(log, ['started', 'stopped'])
  const failing = Stream.from(
    (async function* () {
      yield 1
      throw new RangeError('its own')
    })(),
  )
  const seen: number[] = []
  await assert.rejects(
    async () => {
      for await (const n of failing) seen.push(n)
    },
    { code: 'STEP_FAILED', message: /its own/ },
  )
  assert.deepEqual(seen, [1])
})

test('a slow loop holds back the producer: nothing is ahead of it by more than one', async () => {
  const numbers = new Stream<number>()
  let emitted = 0
  const producing = (async () => {
    await turn()
    while (emitted < 20) await numbers.emit(emitted++)
    await numbers.end()
  })()
  let seen = 0
  for await (const _ of numbers) {
    await turn()
    seen++
    assert.ok(emitted - seen <= 1, `${emitted - seen} ahead`)
  }
  await producing
  assert.equal(seen, 20)
})

test('next() may be called again before it has been answered', async () => {
  const numbers = new Stream<number>()
  const iterator = numbers[Symbol.asyncIterator]()
  const asked = [iterator.next(), iterator.next(), iterator.next()]
  for (const n of [1, 2]) void numbers.emit(n)
  void numbers.end()
  assert.deepEqual(
    (await Promise.all(asked)).map(({ done, value }) => (done === true ? 'done' : value)),
    [1, 2, 'done'],
  )
})

for (const how of ['stop', 'dispose', 'end'] as const) {
  test(`${how}() ends the loops over a stream`, async () => {
    const numbers = endless()
    const looping = (async () => {
      let count = 0
      for await (const _ of numbers.map(n => n)) count++
      return count
    })()
    for (let turns = 0; turns < 5; turns++) await turn()
    await numbers[how]()
    // A source may go on after an end that was not its own.
    if (how === 'end') await numbers.dispose()
    assert.ok((await looping) > 0)
  })
}

test('RxJS takes a stream, and stops its source by unsubscribing', async () => {
  const log: string[] = []
  const seen = await new Promise(resolve => {
    rxFrom(endless(log)).pipe(take(3), toArray()).subscribe(resolve)
  })
  assert.deepEqual(seen, [0, 1, 2])
  await turn()
  await turn()
  assert.deepEqual(log, ['started', 'stopped'])
  assert.deepEqual(await collect(Stream.from(of(1, 2, 3))), [1, 2, 3])
})

test('nothing can be emitted into a stream that was disposed', async () => {
  const numbers = new Stream<number>()
  const mapped = numbers.map(n => n)
  await numbers.dispose()
  assert.throws(() => numbers.emit(1), { code: 'USAGE' })
  assert.throws(() => mapped.emit(1), { code: 'USAGE' })
})

test('using and await using dispose', async () => {
  let stream: Stream<number>
  {
    using numbers = new Stream<number>()
    stream = numbers
  }
  assert.throws(() => stream.emit(1), { code: 'USAGE' })
  const log: string[] = []
  {
    await using numbers = endless(log)
    void numbers.run()
    await turn()
  }
  assert.deepEqual(log, ['started', 'stopped'])
})

test('a process ends once its streams are disposed, whatever they waited for', async () => {
  const { code, stdout, stderr } = await runScript(`
    import { Stream } from 'sluice'
    const numbers = new Stream({ onEvent: () => {} })
    numbers.map(() => { throw new Error('no') }, { onError: { retry: { backOff: '1h' } } })
    numbers.mapAsync(() => new Promise(() => {}), { timeout: '1h' })
    for (const wait of ['delay', 'pace', 'rateLimit', 'timedWindow']) numbers[wait]('1h').sink(() => {})
    numbers.chunk(2, { timeout: '1h' }).sink(() => {})
    for (const n of [1, 2]) void numbers.emit(n)
    setImmediate(async () => {
      await numbers.dispose()
      console.log('disposed')
    })
  `)
  assert.deepEqual([code, stdout.trim(), stderr], [0, 'disposed', ''])
})

test('a step behind which nobody is left does nothing, until somebody reads it again', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  let calls = 0
  const mapped = numbers.map(n => {
    calls++
    return n
  })
  const first = mapped.take(1).toArray()
  void numbers.emit(1)
  void numbers.emit(2)
  assert.deepEqual([first, calls], [[1], 1])
  const later = mapped.toArray()
  void numbers.emit(3)
  await whileMoving(clock, numbers.end())
  assert.deepEqual([first, later], [[1], [3]])
})

async function collect<T>(stream: Stream<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const value of stream) all.push(value)
  return all
}
