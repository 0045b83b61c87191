/** A simulated program as a Sluice app. */
import {
  App,
  collect,
  cumulate,
  hopping,
  json,
  type Key,
  type KeyedResult,
  type KeyedStream,
  map,
  type StepOptions,
  type Stream,
  session,
  sliding,
  type Topic,
  tumbling,
  value,
  type WindowOptions,
  type WindowResult,
  type Windows,
} from 'sluice'
import type { FoldedStream } from '../../src/operators/index.ts'
import {
  type Element,
  isBad,
  isKept,
  keyOf,
  larger,
  mapped,
  type Policy,
  split,
  turnsOf,
} from './elements.ts'
import { type FoldName, hopSize, type Node, type Program } from './program.ts'

/** An app, and what tests have to reach of it. */
export interface Built {
  readonly app: App
  readonly inputs: readonly Topic<Element>[]
  /** By the number of the sink's node. */
  readonly outputs: ReadonlyMap<number, Topic<Element>>
}

/** What simulated functions throw. */
export const OOPS = 'oops'

const element = json({ id: 'string', key: 'string', time: 'number', value: 'number', list: ['string'] })

/** What the outside world is to simulated functions, over all versions of a program. */
export interface World {
  /** What asynchronous functions wait for. */
  turn(): Promise<void>
  /** How often a step was called with an element that it cannot process. */
  readonly calls: Map<string, number>
  /** Whether the program says of all its topics that they are keyed. */
  declared: boolean
}

/** Builds the app as it is in the world as it is now. */
export function build(program: Program, world: World): Built {
  return new Builder(program, world).build()
}

class Builder {
  readonly #program: Program
  readonly #world: World
  readonly #app: App
  readonly #inputs: readonly Topic<Element>[]
  readonly #outputs = new Map<number, Topic<Element>>()
  readonly #streams = new Map<number, Stream<Element>>()
  readonly #late = new Map<number, KeyedStream<Key, Element>>()

  constructor(program: Program, world: World) {
    this.#program = program
    this.#world = world
    this.#app = new App('simulated', program.shards === undefined ? {} : { shards: program.shards })
    this.#inputs = program.topics.map(({ partitions, keyed, declaredLater, onError }, number) =>
      this.#app.topic<Element>(`in${number}`, {
        value: element,
        partitions,
        onError,
        ...(keyed && (world.declared || !declaredLater) ? { keyedBy: 'key' } : {}),
      }),
    )
  }

  build(): Built {
    for (const [number, node] of this.#program.nodes.entries()) {
      const stream = this.#make(node, number)
      if (stream !== undefined) this.#streams.set(number, stream)
    }
    return { app: this.#app, inputs: this.#inputs, outputs: this.#outputs }
  }

  #make(node: Node, number: number): Stream<Element> | undefined {
    const id = `n${number}`
    if (node.op === 'source') return this.#app.stream(this.#input(node.topic), { id })
    if (node.op === 'late') return this.#late.get(node.from)
    const from = this.#stream(node.from)
    if (node.op === 'merge') return from.merge(...node.others.map(other => this.#stream(other)))
    if (node.op === 'keyBy') return keyed(from, node.by, id)
    if (node.op === 'join') return joined(from, this.#stream(node.right), { node, number, id })
    if (node.op === 'to') {
      from.to(this.#output(node, number))
      return undefined
    }
    const options = { id, ...errorPolicy(node.policy) }
    const tried = (value: Element): Element => this.#try(value, number, node.policy)
    switch (node.op) {
      case 'time': {
        if (node.kind === 'clock') return from.processingTime(options)
        const { boundMs: outOfOrder } = node
        const { idleAfterMs: idleAfter } = this.#program
        return from.eventTime(e => tried(e).time, { ...options, outOfOrder, idleAfter, maxAhead: false })
      }
      case 'map':
        return from.map(e => mapped(tried(e), number), options)
      case 'filter':
        return from.filter(e => isKept(tried(e), number), options)
      case 'flatMap':
        return from.flatMap(e => split(tried(e), number), options)
      case 'peek':
        return from.peek(e => {
          tried(e)
        }, options)
      case 'mapPromise':
        return from.map(e => {
          tried(e)
          return turnsOf(e, number) === 0 ? mapped(e, number) : this.#slowly(e, number)
        }, options)
      case 'mapAsync':
        return from.mapAsync(
          async e => {
            const slow = await this.#slowly(e, number)
            tried(e)
            return slow
          },
          { ...options, concurrency: node.concurrency, order: node.order },
        )
      case 'window': {
        const windows = (from as KeyedStream<Key, Element>).window(...windowsOf(node))
        const results = aggregate<'window'>(windows, node.fold, tried, options).map(
          ({ key, window, value }) =>
            resultElement(`w${number}`, key, `@${window.start}-${window.end}`, window.end - 1, value),
        )
        if (this.#isLateRead(number)) this.#late.set(number, windows.late)
        return results
      }
      case 'process':
        return delayed(from as KeyedStream<Key, Element>, `p${number}`, {
          tried,
          options,
          delayMs: node.delayMs,
        })
      case 'running':
        return aggregate((from as KeyedStream<Key, Element>).running(), node.fold, tried, options).map(
          ({ key, value }) => resultElement(`r${number}`, key, '', 0, value),
        )
    }
  }

  #isLateRead(window: number): boolean {
    return this.#program.nodes.some(node => node.op === 'late' && node.from === window)
  }

  async #slowly(e: Element, number: number): Promise<Element> {
    for (let turn = 0; turn < turnsOf(e, number); turn++) await this.#world.turn()
    return mapped(e, number)
  }

  #try(value: Element, number: number, policy: Policy): Element {
    if (!isBad(value, number, policy)) return value
    const name = `${number} ${value.id}`
    const calls = (this.#world.calls.get(name) ?? 0) + 1
    this.#world.calls.set(name, calls)
    if (policy === 'failOnce' && calls > 1) return value
    if (policy === 'retry' && calls > 2) return value
    throw new Error(policy === 'failOnce' ? OOPS : 'this element is nobody’s failure')
  }

  #input(topic: number): Topic<Element> {
    const input = this.#inputs[topic]
    if (input === undefined) throw new Error(`no topic ${topic}`)
    return input
  }

  #output(node: Extract<Node, { op: 'to' }>, number: number): Topic<Element> {
    const topic = this.#app.topic<Element>(`out${number}`, {
      value: element,
      ...(node.partitions === undefined ? {} : { partitions: node.partitions }),
      ...(node.keyed ? { keyedBy: 'key' } : {}),
    })
    this.#outputs.set(number, topic)
    return topic
  }

  #stream(number: number): Stream<Element> {
    const stream = this.#streams.get(number)
    if (stream === undefined) throw new Error(`node ${number} has no stream`)
    return stream
  }
}

function keyed(from: Stream<Element>, by: Extract<Node, { op: 'keyBy' }>['by'], id: string) {
  if (by === 'record') return from.keyBy() as Stream<Element>
  if (by === 'field') return from.keyBy('key', { id }) as Stream<Element>
  return from.keyBy<Key>(e => keyOf(e, by), { id }) as Stream<Element>
}

interface JoinedParts {
  readonly node: Extract<Node, { op: 'join' }>
  readonly number: number
  readonly id: string
}

/** A join, with rows as elements. */
function joined(from: Stream<Element>, to: Stream<Element>, { node, number, id }: JoinedParts) {
  const [left, right] = [from, to] as [KeyedStream<Key, Element>, KeyedStream<Key, Element>]
  const { how, beforeMs: before, afterMs: after } = node
  const name = `j${number}`
  switch (node.kind) {
    case 'cogroup':
      return left
        .cogroup(right, { window: tumbling(before), id })
        .map(({ key, window: { end }, left: lefts, right: rights }) => ({
          ...resultElement(
            name,
            key,
            `@${end}`,
            end - 1,
            [...lefts, ...rights].map(e => e.id),
          ),
          value: lefts.length * 1000 + rights.length,
        }))
    case 'asOf':
      return left
        .join(withTimes(right), { asOf: true, how: how === 'inner' ? 'inner' : 'left', id })
        .process('rows', {
          onElement: ({ left: l, right: r }, { key, time }) => {
            const rightName = r === undefined ? '-' : `@${r.time}`
            return [rowElement(name, key, { left: l, right: undefined, rightName, time })]
          },
        })
    case 'within': {
      const within = { before, after }
      if (how === 'semi' || how === 'anti') return left.join(right, { within, how, id })
      return left.join(right, { within, how, id }).process('rows', {
        onElement: ({ left: l, right: r }, { key, time }) => [
          rowElement(name, key, { left: l, right: r, rightName: r?.id ?? '-', time }),
        ],
      })
    }
  }
}

/** Elements that say themselves when they happened. */
function withTimes(stream: KeyedStream<Key, Element>): KeyedStream<Key, Element> {
  return stream.process('times', { onElement: (e, { time }) => [{ ...e, time }] })
}

interface RowParts {
  readonly left: Element | undefined
  readonly right: Element | undefined
  readonly rightName: string
  readonly time: number
}

function rowElement(name: string, key: Key, { left, right, rightName, time }: RowParts): Element {
  const text = typeof key === 'string' ? key : JSON.stringify(key)
  const { value } = left ?? right ?? { value: 0 }
  return { id: `${name}(${left?.id ?? '-'}|${rightName})`, key: text, time, value, list: [] }
}

function errorPolicy(policy: Policy) {
  switch (policy) {
    case 'none':
    case 'failOnce':
      return {}
    case 'skip':
    case 'deadLetter':
      return { onError: policy } as const
    case 'retry':
      return { onError: { retry: { attempts: 3, backOff: 10 } } } as const
    case 'retryThenDeadLetter':
      return { onError: { retry: { attempts: 2, backOff: 10, otherwise: 'deadLetter' } } } as const
  }
}

type Value = number | Element | readonly string[]

/** What an aggregation gives, by where it happens. */
interface Results {
  readonly window: WindowResult<Key, Value>
  readonly running: KeyedResult<Key, Value>
}

function aggregate<Mode extends keyof Results>(
  stream: FoldedStream<Mode, Key, Element>,
  fold: FoldName,
  tried: (element: Element) => Element,
  options: StepOptions,
): KeyedStream<Key, Results[Mode]> {
  // Whatever the mode, the results are those of `Results`.
  const folded = stream as unknown as FoldedStream<'running', Key, Element>
  return aggregated(folded, fold, tried, options) as KeyedStream<Key, Results[Mode]>
}

function aggregated(
  stream: FoldedStream<'running', Key, Element>,
  fold: FoldName,
  tried: (element: Element) => Element,
  options: StepOptions,
): KeyedStream<Key, KeyedResult<Key, Value>> {
  switch (fold) {
    case 'count':
      return stream.count(options)
    case 'sum':
    case 'min':
    case 'max':
    case 'mean':
      return stream[fold](e => tried(e).value, options)
    case 'reduce':
      return stream.reduce(larger, options)
    case 'all':
      return stream
        .aggregate({ all: collect<Element>() }, options)
        .map(result => ({ ...result, value: result.value.all.map(({ id }) => id) }))
    case 'collect':
    case 'set':
      return stream.aggregate(
        {
          init: (): string[] => [],
          // What throws has changed the accumulator already.
          add: (ids, e) => {
            ids.push(e.id)
            tried(e)
            return ids
          },
          ...(fold === 'set' ? { merge: (into: string[], other: string[]) => [...into, ...other] } : {}),
        },
        options,
      )
  }
}

interface Delayed {
  readonly tried: (element: Element) => Element
  readonly options: StepOptions
  readonly delayMs: number
}

/** Each element, and once more by a timer of its own. */
function delayed(
  stream: KeyedStream<Key, Element>,
  name: string,
  { tried, options, delayMs }: Delayed,
): Stream<Element> {
  return stream.process(
    name,
    {
      state: { count: value<number>(), waiting: map<number, Element>() },
      timers: { due: 'event' },
      onElement(e, { time, state, timers }) {
        const number = state.count.get() ?? 0
        state.count.set(number + 1)
        state.waiting.set(number, e)
        timers.due.set(time + delayMs, number)
        // What throws has written already.
        return [{ ...tried(e), id: `${e.id}/${name}` }]
      },
      onTimer({ id, time }, { state }) {
        const e = state.waiting.get(Number(id))
        state.waiting.delete(Number(id))
        return e === undefined ? [] : [{ ...e, id: `${name}(${e.id})`, time }]
      },
    },
    options,
  )
}

/** The windows of a node, and their options. */
function windowsOf({
  shape,
  sizeMs,
  offsetMs,
}: Extract<Node, { op: 'window' }>): readonly [Windows, WindowOptions?] {
  switch (shape) {
    case 'tumbling':
      return [tumbling(sizeMs, { offset: offsetMs })]
    case 'hopping':
      return [hopping(hopSize(sizeMs), sizeMs, { offset: offsetMs })]
    case 'cumulate':
      return [cumulate(sizeMs, 3 * sizeMs, { offset: offsetMs })]
    case 'session':
      return [session(sizeMs), { late: 'event' }]
    case 'around':
      return [sliding({ before: sizeMs, after: offsetMs })]
  }
}

function resultElement(prefix: string, key: Key, suffix: string, time: number, value: Value): Element {
  const text = typeof key === 'string' ? key : JSON.stringify(key)
  const result = { id: `${prefix}(${text}${suffix})`, key: text, time }
  if (typeof value === 'number') return { ...result, value, list: [] }
  if ('id' in value) return { ...result, value: value.value, list: [value.id] }
  return { ...result, value: value.length, list: value }
}
