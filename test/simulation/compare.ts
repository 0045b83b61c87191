/**
 * Compares what lies in the output topics with the reference, by what "same answer" means: the same
 * elements on time and late, the same content of each window, the same last result of each running
 * aggregate, the same dead letters; each exactly once, and in order where order is promised.
 *
 * Where windows may be closed early, what comes of them is not determined: see `laws.ts`.
 */
import assert from 'node:assert/strict'
import { string, Topic } from 'sluice'
import type { ReadRecord, TestDriver } from 'sluice/testing'
import { shardOf } from '../../src/codec/index.ts'
import type { Built } from './build.ts'
import type { Element } from './elements.ts'
import { above, type Node, type Program } from './program.ts'
import {
  fold,
  groupBy,
  type InputRecord,
  type Item,
  interpret,
  keyText,
  type Reference,
  textOf,
} from './reference.ts'

/** Throws at the first difference. */
export async function compare(driver: TestDriver, program: Program, built: Built): Promise<void> {
  const { lawsOnly } = program
  const reference = await referenceOf(driver, program, built)
  for (const [number, topic] of built.outputs) {
    const node = program.nodes[number]
    if (node?.op !== 'to') continue
    const partitions = await driver.broker.partitions(topic.name)
    new Comparison(program, node, await driver.read(topic), partitions.length, reference).check()
  }
  if (lawsOnly && program.nodes.some(node => node.op === 'window')) return
  const letters = (await driver.deadLetters()).map(letter => {
    const { step = '' } = letter.headers
    return `${step} ${asText(letter.value ?? '')}`
  })
  const expected = reference.deadLetters.map(({ step, value }) => `${step} ${value}`)
  assert.deepEqual(letters.sort(), expected.sort(), 'the dead letters')
}

class Comparison {
  readonly #program: Program
  readonly #node: Extract<Node, { op: 'to' }>
  readonly #found: readonly ReadRecord<Element>[]
  readonly #partitions: number
  readonly #expected: readonly Item[]
  /** What went into the aggregation before the sink, if there is one. */
  readonly #folded: readonly Item[]
  readonly #above: readonly Node[]

  constructor(
    program: Program,
    node: Extract<Node, { op: 'to' }>,
    found: readonly ReadRecord<Element>[],
    partitions: number,
    reference: Reference,
  ) {
    this.#program = program
    this.#node = node
    this.#found = found
    this.#partitions = partitions
    this.#expected = reference.streams.get(node.from) ?? []
    const from = program.nodes[node.from]
    this.#folded = from?.op === 'window' ? (reference.streams.get(from.from) ?? []) : this.#expected
    this.#above = above(program, node.from)
  }

  check(): void {
    if (this.#program.lawsOnly && this.#above.some(({ op }) => op === 'window' || op === 'late')) return
    const from = this.#program.nodes[this.#node.from]
    if (from?.op === 'running') this.#checkRunning(from)
    else this.#checkElements()
    if (from?.op === 'window' && from.fold === 'collect')
      for (const { value } of this.#found) this.#checkOrder(value?.list ?? [], this.#folded)
  }

  get #name(): string {
    return `the records of out${this.#program.nodes.indexOf(this.#node)}`
  }

  #checkElements(): void {
    const expected = this.#expected.map(({ element, key, timestamp }) => {
      const written = this.#node.keyed ? element.key : key === undefined ? null : keyText(key)
      return recordText(written, element, timestamp)
    })
    const found = this.#found.map(({ key, value, timestamp }) => recordText(key, value, timestamp))
    assert.deepEqual(found.sort(), expected.sort(), this.#name)
    for (const { key, partition } of this.#found) {
      if (key !== null)
        assert.equal(partition, shardOf(Buffer.from(key), this.#partitions), `where ${key} lies`)
    }
    for (const records of groupBy(this.#found, ({ partition, key }) => `${partition} ${key}`)) {
      this.#checkOrder(
        records.map(({ value }) => value?.id ?? ''),
        this.#expected,
      )
    }
  }

  /** Each key has as many results as elements; the last one is that of them all. */
  #checkRunning(node: Extract<Node, { op: 'running' }>): void {
    const found = groupBy(this.#found, ({ key }) => String(key))
    const expected = groupBy(this.#expected, ({ key }) => keyText(key))
    assert.deepEqual(
      found.map(records => `${records[0]?.key}: ${records.length}`).sort(),
      expected.map(items => `${keyText(items[0]?.key)}: ${items.length}`).sort(),
      `the number of results per key in ${this.#name}`,
    )
    for (const records of found) {
      const values = records.flatMap(({ value }) => value ?? [])
      const items = expected.find(([item]) => keyText(item?.key) === records[0]?.key) ?? []
      const { value, list } = fold(node.fold, items)
      const last = values.at(-1)
      assert.deepEqual(
        { value: (last?.value ?? 0) + 0, list: last?.list.toSorted() },
        { value: value + 0, list },
        this.#name,
      )
      if (node.fold === 'count') {
        assert.deepEqual(
          values.map(count => count.value),
          values.map((_, index) => index + 1),
          this.#name,
        )
      }
      if (node.fold !== 'collect') continue
      for (const [index, { list: ids }] of values.entries()) {
        assert.deepEqual(ids.slice(0, -1), values[index - 1]?.list ?? [], `${this.#name}: each adds one`)
      }
      this.#checkOrder(last?.list ?? [], this.#folded)
    }
  }

  /** Whether elements of equal keys come here in the order in which they came to an asynchronous step. */
  #keepsOrder(step: Extract<Node, { op: 'mapAsync' }>): boolean {
    if (step.order !== 'key') return step.order === 'all'
    const { nodes } = this.#program
    const isBelow = (node: Node): boolean => nodes.indexOf(node) > nodes.indexOf(step)
    return !this.#node.keyed && !this.#above.some(node => node.op === 'keyBy' && isBelow(node))
  }

  /** What came from one source partition on one way, with the same keys, is in the order of its offsets, unless a step gives it up. */
  #checkOrder(ids: readonly string[], items: readonly Item[]): void {
    if (this.#above.some(node => node.op === 'mapAsync' && !this.#keepsOrder(node))) return
    const laneOf = new Map(items.map(item => [item.element.id, item.lane]))
    const last = new Map<string, number>()
    for (const id of ids) {
      const match = /^(\d+)(.*)$/.exec(id)
      if (match === null) continue
      const number = Number(match[1])
      const way = `${laneOf.get(id)} ${match[2]}`
      const before = last.get(way) ?? 0
      // A filter or a merge may bring one element by two ways that its id does not tell apart.
      if (this.#above.some(({ op }) => op === 'merge')) continue
      // Rows come when their partners do.
      if (this.#above.some(({ op }) => op === 'join')) continue
      assert.ok(before < number, `${this.#name}: ${id} came after ${before}${match[2]}`)
      last.set(way, number)
    }
  }
}

/** What the reference makes of the records that lie in the input topics. */
export async function referenceOf(driver: TestDriver, program: Program, built: Built): Promise<Reference> {
  return interpret(program, await Promise.all(built.inputs.map(topic => readInput(driver, topic))))
}

async function readInput(driver: TestDriver, topic: Topic<Element>): Promise<readonly InputRecord[]> {
  const raw = await driver.read(new Topic(topic.name, { value: string() }))
  return raw.map(({ partition, key, timestamp, value }) => {
    const text = value ?? ''
    return { partition, key, timestamp, element: parsed(text), text }
  })
}

function parsed(text: string): Element | undefined {
  try {
    return JSON.parse(text) as Element
  } catch {
    return undefined
  }
}

function asText(json: string): string {
  const element = parsed(json)
  return element === undefined ? json : textOf(element)
}

function recordText(key: string | null, element: Element | null, timestamp: number): string {
  return `${key} @${timestamp} ${element === null ? 'nothing' : textOf(element)}`
}
