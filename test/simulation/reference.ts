/**
 * What a simulated program must give, worked out node by node in the plainest way and without any code
 * of the engine: a stream is the list of all its elements.
 *
 * Each source partition counts its own watermark: the largest time so far − bound − 1. An element is
 * judged by the watermark before it, its entry watermark: it is late for a window that ends at or
 * before that. A window's result has the time of its end − 1, and is never late itself.
 */
import { exactSum } from '../properties/exact.ts'
import {
  type Element,
  isDeadLetter,
  isKept,
  isLost,
  keyOf,
  larger,
  mapped,
  type Policy,
  split,
} from './elements.ts'
import { joinRows } from './join-reference.ts'
import type { FoldName, Node, Program } from './program.ts'
import { isLateFor, windowsIn } from './window-reference.ts'

/** A record as it lies in an input topic; an element is undefined where it cannot be decoded. */
export interface InputRecord {
  readonly partition: number
  readonly key: string | null
  readonly timestamp: number
  readonly element: Element | undefined
  readonly text: string
}

/** An element with what travels beside it. */
export interface Item {
  readonly element: Element
  readonly recordKey: string | null
  readonly key: string | number | readonly [string, number] | undefined
  readonly time: number
  readonly timestamp: number
  readonly entry: number
  /** The source node and partition that it came from, and its keys since: what has these in common stays in order. */
  readonly lane: string
}

/** What a step could not process. */
export interface DeadLetter {
  readonly step: string
  readonly value: string
}

/** Everything that a program must give. */
export interface Reference {
  /** By node; of a running aggregate, what went in. */
  readonly streams: ReadonlyMap<number, readonly Item[]>
  readonly deadLetters: readonly DeadLetter[]
}

/** Interprets the program over all records of its input topics. */
export function interpret(program: Program, inputs: readonly (readonly InputRecord[])[]): Reference {
  const interpreter = new Interpreter(program, inputs)
  return interpreter.run()
}

class Interpreter {
  readonly #program: Program
  readonly #inputs: readonly (readonly InputRecord[])[]
  readonly #streams = new Map<number, readonly Item[]>()
  readonly #late = new Map<number, Item[]>()
  readonly #deadLetters: DeadLetter[] = []

  constructor(program: Program, inputs: readonly (readonly InputRecord[])[]) {
    this.#program = program
    this.#inputs = inputs
  }

  run(): Reference {
    for (const [number, node] of this.#program.nodes.entries()) {
      this.#streams.set(number, this.#stream(node, number))
    }
    return { streams: this.#streams, deadLetters: this.#deadLetters }
  }

  #stream(node: Node, number: number): readonly Item[] {
    if (node.op === 'source') return this.#source(node.topic, number)
    if (node.op === 'late') return this.#late.get(node.from) ?? []
    const items = this.#streams.get(node.from) ?? []
    switch (node.op) {
      case 'to':
        return items
      case 'merge':
        return [...items, ...node.others.flatMap(other => this.#streams.get(other) ?? [])]
      case 'keyBy':
        return items.map(item => {
          const key = node.by === 'record' ? (item.recordKey ?? undefined) : keyOf(item.element, node.by)
          return { ...item, key, lane: `${item.lane} ${keyText(key)}` }
        })
      case 'join':
        return joinRows(number, node, { left: items, right: this.#streams.get(node.right) ?? [], keyText })
      case 'time':
        return node.kind === 'clock' ? items : this.#timed(items, number, node)
      case 'window':
        return this.#windowed(items, number, node)
      default:
        break
    }
    const kept = this.#withoutLost(items, number, node.policy)
    switch (node.op) {
      case 'map':
      case 'mapAsync':
      case 'mapPromise':
        return kept.map(item => ({ ...item, element: mapped(item.element, number) }))
      case 'filter':
        return kept.filter(item => isKept(item.element, number))
      case 'flatMap':
        return kept.flatMap(item => split(item.element, number).map(element => ({ ...item, element })))
      case 'process':
        return kept.flatMap(item => delayed(item, number, node.delayMs))
      case 'peek':
      case 'running':
        return kept
    }
  }

  #source(topic: number, number: number): readonly Item[] {
    const onError = this.#program.topics[topic]?.onError
    const maxTimes = new Map<number, number>()
    return (this.#inputs[topic] ?? []).flatMap(({ partition, key, timestamp, element, text }) => {
      if (element === undefined) {
        if (onError === 'deadLetter') this.#deadLetters.push({ step: `n${number}`, value: text })
        return []
      }
      const maxTime = maxTimes.get(partition) ?? Number.NEGATIVE_INFINITY
      maxTimes.set(partition, Math.max(maxTime, timestamp))
      const lane = `${number}/${partition}`
      const base = { element, recordKey: key, key: undefined, lane }
      return [{ ...base, time: timestamp, timestamp, entry: maxTime - 1 }]
    })
  }

  #timed(items: readonly Item[], number: number, node: Extract<Node, { op: 'time' }>): readonly Item[] {
    const maxTimes = new Map<string, number>()
    return this.#withoutLost(items, number, node.policy).map(item => {
      const { time } = item.element
      const maxTime = maxTimes.get(item.lane) ?? Number.NEGATIVE_INFINITY
      maxTimes.set(item.lane, Math.max(maxTime, time))
      return { ...item, time, entry: maxTime - node.boundMs - 1 }
    })
  }

  #windowed(items: readonly Item[], number: number, node: Extract<Node, { op: 'window' }>): readonly Item[] {
    const late = items.filter(item => isLateFor(item, node))
    this.#late.set(number, late)
    const onTime = items.filter(item => !isLateFor(item, node))
    const kept = this.#withoutLost(onTime, number, node.policy)
    return groupBy(kept, item => JSON.stringify(item.key)).flatMap(ofKey =>
      windowsIn(ofKey, node).flatMap(({ start, end, items: inside }) => {
        const [first] = inside
        if (first === undefined) return []
        const text = keyText(first.key)
        const element = {
          id: `w${number}(${text}@${start}-${end})`,
          key: text,
          time: end - 1,
          ...fold(node.fold, inside),
        }
        const times = { time: end - 1, timestamp: end - 1, entry: end - 2 }
        return [{ ...first, ...times, element, recordKey: null, lane: '' }]
      }),
    )
  }

  #withoutLost(items: readonly Item[], number: number, policy: Policy): readonly Item[] {
    return items.filter(({ element }) => {
      if (!isLost(element, number, policy)) return true
      if (isDeadLetter(policy)) this.#deadLetters.push({ step: `n${number}`, value: textOf(element) })
      return false
    })
  }
}

/** An element, and what its timer makes of it. */
function delayed(item: Item, number: number, delayMs: number): readonly Item[] {
  const { element } = item
  const time = item.time + delayMs
  return [
    { ...item, element: { ...element, id: `${element.id}/p${number}` } },
    {
      ...item,
      element: { ...element, id: `p${number}(${element.id})`, time },
      recordKey: null,
      time,
      timestamp: time,
      entry: time - 1,
      lane: '',
    },
  ]
}

/** What an aggregation makes of elements; the list without order. */
export function fold(name: FoldName, items: readonly Item[]): Pick<Element, 'value' | 'list'> {
  const values = items.map(item => item.element.value)
  const ids = items.map(item => item.element.id)
  switch (name) {
    case 'count':
      return { value: items.length, list: [] }
    case 'sum':
      return { value: exactSum(values), list: [] }
    case 'mean':
      return { value: exactSum(values) / items.length, list: [] }
    case 'min':
      return { value: Math.min(...values), list: [] }
    case 'max':
      return { value: Math.max(...values), list: [] }
    case 'reduce': {
      const { value, id } = items.map(item => item.element).reduce(larger)
      return { value, list: [id] }
    }
    case 'all':
    case 'collect':
    case 'set':
      return { value: items.length, list: ids.sort() }
  }
}

/** Groups in the order of their first member. */
export function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = nameOf(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return [...groups.values()]
}

/** A key as records have it. */
export function keyText(key: Item['key']): string {
  return typeof key === 'string' ? key : JSON.stringify(key)
}

/** An element as text, whatever the order in which an aggregation collected. */
export function textOf({ id, key, time, value, list }: Element): string {
  return JSON.stringify({ id, key, time, value: value + 0, list: list.toSorted() })
}
