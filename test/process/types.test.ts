/** Types flow through process functions without casts and without being written out. */
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  hopping,
  type KeyedStream,
  list,
  map,
  output,
  Stream,
  value,
  type Window,
  windows,
} from '../../src/index.ts'

interface Reading {
  readonly sensor: string
  readonly time: number
}

/** Accepts `T` and nothing else. */
function exactly<T>(): <U>(
  given: U & ([U] extends [T] ? ([T] extends [U] ? unknown : never) : never),
) => void {
  return () => {}
}

/** One of the names in an object, for its type. */
function nameIn<O extends object>(given: O): keyof O & string {
  const [name] = Object.keys(given)
  // There is at least one.
  return name as keyof O & string
}

test('types flow from cells, timers and outputs into handlers, and from results into streams', () => {
  const readings = new Stream<Reading>()
  const made = readings.keyBy('sensor').process('typed', {
    state: {
      last: value<number>(),
      seen: list<string>(),
      perPath: map<string, { n: number }>(),
      totals: windows(hopping('10s', '5s'), { init: (): number[] => [] }),
    },
    timers: { gone: 'event' },
    outputs: { repairs: output<{ fix: boolean }>() },
    onElement(reading, { key, state, timers, outputs }) {
      exactly<Reading>()(reading)
      exactly<string>()(key)
      exactly<number | undefined>()(state.last.get())
      exactly<readonly string[]>()(state.seen.values())
      exactly<{ n: number } | undefined>()(state.perPath.get('a'))
      state.totals.update(times => [...times, reading.time])
      timers.gone.set(reading.time)
      outputs.repairs.emit({ fix: true })
      exactly<'gone'>()(nameIn(timers))
      return reading.time > 5 ? [reading.time] : []
    },
    onTimer(timer, { key }) {
      exactly<'gone'>()(timer.name)
      return [{ sensor: key }]
    },
    onClose(closed) {
      exactly<'totals'>()(closed.cell)
      exactly<Window>()(closed.window)
      exactly<number[]>()(closed.state)
    },
    async onEnd() {
      await Promise.resolve()
      return ['end']
    },
  })
  exactly<KeyedStream<string, number | string | { sensor: string }>>()(made.filter(() => true))
  exactly<KeyedStream<string, { fix: boolean }>>()(made.outputs.repairs)
  exactly<KeyedStream<string, Reading>>()(made.late)
  const plain = readings.process('plain', { onElement: reading => [reading.time] })
  exactly<Stream<number>>()(plain.filter(() => true))
  const quiet = readings.process('quiet', { onElement() {} })
  exactly<Stream<never>>()(quiet.filter(() => true))
  assert.ok(made)
})

test('shared state can be read by all handlers, and set by onBroadcast alone', () => {
  const made = new Stream<Reading>()
    .keyBy('sensor')
    .withBroadcast(new Stream<{ id: string; least: number }>())
    .process('rules', {
      shared: map<string, number>(),
      onElement(reading, { shared, key }) {
        const least: number | undefined = shared.get(key)
        assert.equal(least, undefined)
        exactly<'get' | 'has' | 'entries' | 'size'>()(nameIn(shared))
        return [reading]
      },
      onBroadcast(rule, { shared }) {
        exactly<{ id: string; least: number }>()(rule)
        shared.set(rule.id, rule.least)
      },
    })
  exactly<KeyedStream<string, Reading>>()(made.filter(() => true))
  assert.ok(made)
})
