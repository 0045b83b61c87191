/** Process functions equal a naive model, whatever the input, the workers, the schedule and the crashes. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { App, json, list, map, type ProcessContext, value } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'
import { propertyOptions } from '../properties/seed.ts'

const RUNS = 60
/**
 * With several workers a watermark comes behind all elements that travelled with it, so what a timer finds
 * depends on that. Then nothing is due before the end.
 */
const OUT_OF_ORDER_MS = { alone: 10, together: 1_000_000 }
const TTL_MS = 40
const KEYS = ['a', 'b', 'c'] as const

const command = json({ key: 'string', time: 'number', what: 'string', name: 'string', number: 'number' })

interface Command {
  readonly key: string
  readonly time: number
  readonly what: string
  readonly name: string
  readonly number: number
}

const WHATS = [
  'set',
  'add',
  'clear',
  'put',
  'drop',
  'timer',
  'timer',
  'timer',
  'cancel',
  'fail',
  'show',
] as const

/** The state of a key, in plain data. */
interface Plain {
  value: number | undefined
  expiring: { value: number; expiresAt: number } | undefined
  items: number[]
  entries: Map<string, number>
  timers: Map<string, number>
}

/** What comes out per key, in order, by going through the elements of each key, and its timers between them. */
function model(commands: readonly Command[], outOfOrderMs: number): Map<string, string[]> {
  const out = new Map<string, string[]>()
  const states = new Map<string, Plain>()
  let newest = Number.NEGATIVE_INFINITY
  const fireUntil = (watermark: number): void => {
    for (const [key, state] of states) {
      for (;;) {
        const due = [...state.timers]
          .filter(([, at]) => at <= watermark)
          .toSorted(([leftName, left], [rightName, right]) => left - right || (leftName < rightName ? -1 : 1))
        const [first] = due
        if (first === undefined) break
        const [name, at] = first
        state.timers.delete(name)
        give(out, key, `timer ${name} ${at} ${state.value} ${liveAt(state, at)} ${state.items.length}`)
        if (name === 'again' && at % 3 === 0) state.timers.set('once', at + 5)
      }
    }
  }
  for (const { key, time, what, name, number } of commands) {
    const watermark = newest - outOfOrderMs - 1
    const state: Plain = states.get(key) ?? {
      value: undefined,
      expiring: undefined,
      items: [],
      entries: new Map(),
      timers: new Map(),
    }
    states.set(key, state)
    const instant = Math.max(time, watermark + 1)
    if (what === 'set') {
      state.value = number
      const before = liveAt(state, instant) === undefined ? 0 : (state.expiring?.expiresAt ?? 0)
      state.expiring = { value: number, expiresAt: Math.max(before, instant + TTL_MS) }
    } else if (what === 'add') state.items.push(number)
    else if (what === 'clear') state.items = []
    else if (what === 'put') state.entries.set(name, number)
    else if (what === 'drop') state.entries.delete(name)
    else if (what === 'timer') state.timers.set(name, time + number)
    else if (what === 'cancel') state.timers.delete(name)
    else if (what === 'show') {
      const entries = [...state.entries]
        .map(([entry, n]) => `${entry}${n}`)
        .toSorted()
        .join()
      give(out, key, `show ${state.value} ${liveAt(state, instant)} ${state.items.join()} ${entries}`)
    }
    // A timer that is set in the past of what has been told fires at once, and else with the watermark.
    newest = Math.max(newest, time)
    fireUntil(newest - outOfOrderMs - 1)
  }
  fireUntil(Number.POSITIVE_INFINITY)
  return out
}

function liveAt({ expiring }: Plain, instant: number): number | undefined {
  return expiring === undefined || expiring.expiresAt <= instant ? undefined : expiring.value
}

function give(out: Map<string, string[]>, key: string, text: string): void {
  out.set(key, [...(out.get(key) ?? []), text])
}

function newApp(isAsync: boolean, outOfOrder: number) {
  const app = new App('model')
  const commands = app.topic('commands', { value: command, partitions: 1 })
  const found = app.topic('found', { value: json<string>() })
  const cells = {
    state: {
      value: value<number>(),
      expiring: value<number>({ ttl: TTL_MS }),
      items: list<number>(),
      entries: map<string, number>(),
    },
    timers: { again: 'event', once: 'event' },
  } as const
  const stream = app
    .stream(commands)
    .eventTime(c => c.time, { outOfOrder, idleAfter: '1d', maxAhead: false })
    .keyBy('key')
  type State = ProcessContext<string, typeof cells.state, typeof cells.timers, unknown, undefined>
  const act = ({ what, name, number, time }: Command, { state, timers }: State): readonly string[] => {
    const timer = name === 'again' ? timers.again : timers.once
    if (what === 'set') {
      state.value.set(number)
      state.expiring.set(number)
    } else if (what === 'add') state.items.add(number)
    else if (what === 'clear') state.items.clear()
    else if (what === 'put') state.entries.set(name, number)
    else if (what === 'drop') state.entries.delete(name)
    else if (what === 'timer') timer.set(time + number)
    else if (what === 'cancel') timer.delete()
    else if (what === 'fail') {
      state.value.set(-1)
      state.items.add(-1)
      state.entries.clear()
      timer.set(1)
      throw new Error('refused')
    } else {
      const entries = state.entries
        .entries()
        .map(([entry, n]) => `${entry}${n}`)
        .toSorted()
        .join()
      return [`show ${state.value.get()} ${state.expiring.get()} ${state.items.values().join()} ${entries}`]
    }
    return []
  }
  const fire = (name: string, at: number, { state, timers }: State): readonly string[] => {
    if (name === 'again' && at % 3 === 0) timers.once.set(at + 5)
    return [`timer ${name} ${at} ${state.value.get()} ${state.expiring.get()} ${state.items.size}`]
  }
  const options = { onError: 'skip' } as const
  const made = isAsync
    ? stream.process(
        'commands',
        {
          ...cells,
          async onElement(given, context) {
            await new Promise(resolve => setImmediate(resolve))
            return act(given, context)
          },
          async onTimer(timer, context) {
            await new Promise(resolve => setImmediate(resolve))
            return fire(timer.name, timer.time, context)
          },
        },
        options,
      )
    : stream.process(
        'commands',
        {
          ...cells,
          onElement: act,
          onTimer: (timer, context) => fire(timer.name, timer.time, context),
        },
        options,
      )
  made.to(found)
  return { app, commands, found }
}

const scenario = fc.record({
  commands: fc.array(
    fc.record({
      key: fc.constantFrom(...KEYS),
      what: fc.constantFrom(...WHATS),
      name: fc.constantFrom('again', 'once'),
      number: fc.nat(60),
      step: fc.integer({ min: -10, max: 12 }),
    }),
    { minLength: 1, maxLength: 60 },
  ),
  cuts: fc.array(fc.nat(60), { maxLength: 4 }),
  crashes: fc.array(fc.constantFrom('record', 'beforeCommit', 'afterCommit', 'whileRestoring', 'turn'), {
    maxLength: 5,
  }),
  seed: fc.nat(),
  workers: fc.integer({ min: 1, max: 3 }),
})

for (const isAsync of [false, true]) {
  test(`cells, timers and what is given out are those of a naive model, ${isAsync ? 'asynchronously' : 'synchronously'}`, async t => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ commands: drawn, cuts, crashes, seed, workers }) => {
        let time = 1000
        const outOfOrder = workers === 1 ? OUT_OF_ORDER_MS.alone : OUT_OF_ORDER_MS.together
        const given = drawn.map(({ step, ...rest }) => {
          time += step
          return { ...rest, time }
        })
        const { app, commands, found } = newApp(isAsync, outOfOrder)
        const driver = new TestDriver(app, { seed, workers, limits: { snapshotAfterBytes: 500 } })
        let from = 0
        const moments = [...crashes]
        for (const cut of [...cuts.toSorted((a, b) => a - b), given.length]) {
          await driver.feed(commands, given.slice(from, cut))
          from = Math.max(from, cut)
          const moment = moments.shift()
          if (moment !== undefined) driver.crashAt({ moment, number: 1 + (seed % 3) })
          await driver.run()
        }
        driver.crashAt(undefined)
        await driver.drain()
        const seen = new Map<string, string[]>()
        for (const { key, value: text } of await driver.read(found)) give(seen, String(key), String(text))
        const expected = model(given, outOfOrder)
        for (const key of KEYS) assert.deepEqual(seen.get(key), expected.get(key), `key ${key}`)
      }),
      propertyOptions(t, RUNS),
    )
  })
}
