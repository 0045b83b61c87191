/**
 * Simulated programs as data: a list of nodes, each of which makes one stream of earlier ones.
 *
 * Raw programs are what fast-check makes and shrinks: any of them means something, since `resolve`
 * takes only what fits together. So every smaller raw program is a program too.
 */
import type { ElementOrder, JoinHow } from 'sluice'
import type { KeyBy, Policy } from './elements.ts'

/** How elements are aggregated; `collect` keeps their order, `set` may be merged, `all` is in the order of event time. */
export type FoldName = 'all' | 'sum' | 'count' | 'min' | 'max' | 'mean' | 'reduce' | 'collect' | 'set'

/** What windows look like; `sizeMs` and `offsetMs` say how large they are. */
export type WindowShape = 'tumbling' | 'hopping' | 'cumulate' | 'session' | 'around'

/** How two streams are joined: within an interval, as of a time, in tumbling windows. */
export type JoinKind = 'within' | 'asOf' | 'cogroup'

/** Where event time comes from. */
export type TimeKind = 'event' | 'record' | 'clock'

/** An input topic. */
export interface InputTopic {
  readonly partitions: number
  /** Whether its records have a key that decides where they lie. */
  readonly keyed: boolean
  /** Whether the program says so only from the happening `declare` on: exchanges are left out then. */
  readonly declaredLater: boolean
  readonly onError: 'skip' | 'deadLetter'
}

/** One node; its number is that of its stream. */
export type Node =
  | { readonly op: 'source'; readonly topic: number }
  | {
      readonly op: 'time'
      readonly from: number
      readonly kind: 'event' | 'clock'
      readonly boundMs: number
      readonly policy: Policy
    }
  | {
      readonly op: 'map' | 'filter' | 'flatMap' | 'peek' | 'mapPromise'
      readonly from: number
      readonly policy: Policy
    }
  | {
      readonly op: 'mapAsync'
      readonly from: number
      readonly concurrency: number
      readonly order: ElementOrder
      readonly policy: Policy
    }
  | { readonly op: 'merge'; readonly from: number; readonly others: readonly number[] }
  | { readonly op: 'keyBy'; readonly from: number; readonly by: KeyBy }
  | {
      readonly op: 'window'
      readonly from: number
      readonly shape: WindowShape
      readonly sizeMs: number
      readonly offsetMs: number
      readonly fold: FoldName
      readonly policy: Policy
    }
  | { readonly op: 'late'; readonly from: number }
  | {
      readonly op: 'join'
      readonly from: number
      readonly right: number
      readonly kind: JoinKind
      readonly how: JoinHow
      /** Of windows, their size. */
      readonly beforeMs: number
      readonly afterMs: number
    }
  | { readonly op: 'process'; readonly from: number; readonly delayMs: number; readonly policy: Policy }
  | { readonly op: 'running'; readonly from: number; readonly fold: FoldName; readonly policy: Policy }
  | {
      readonly op: 'to'
      readonly from: number
      readonly partitions: number | undefined
      readonly keyed: boolean
    }

/** A program that fits together. */
export interface Program {
  readonly topics: readonly InputTopic[]
  readonly shards: number | undefined
  readonly idleAfterMs: number
  readonly nodes: readonly Node[]
  /** Windows are closed early by idle partitions and drains, so only laws hold. */
  readonly lawsOnly: boolean
  /** Whether a window goes by record timestamps, whose idleness cannot be put off. */
  readonly usesRecordTime: boolean
}

/** A source as fast-check makes it. */
export interface RawSource {
  readonly topic: number
  /** A second topic that is merged with the first before their time is read. */
  readonly other: number | undefined
  readonly before: readonly RawOp[]
  readonly time: TimeKind
  readonly boundMs: number
  readonly policy: Policy
}

/** An operator as fast-check makes it. */
export interface RawOp {
  readonly op:
    | 'map'
    | 'filter'
    | 'flatMap'
    | 'peek'
    | 'mapPromise'
    | 'mapAsync'
    | 'merge'
    | 'keyBy'
    | 'window'
    | 'join'
    | 'process'
    | 'running'
    | 'to'
  /** How many streams back its input is. */
  readonly from: number
  readonly other: number
  readonly policy: Policy
  readonly concurrency: number
  readonly order: ElementOrder
  readonly by: KeyBy
  readonly shape: WindowShape
  readonly sizeMs: number
  readonly offsetMs: number
  readonly fold: FoldName
  readonly kind?: JoinKind
  readonly how?: JoinHow
  readonly late: boolean
  readonly partitions: number | undefined
  readonly keyed: boolean
}

/** A program as fast-check makes it. */
export interface RawProgram {
  readonly topics: readonly InputTopic[]
  readonly shards: number | undefined
  readonly sources: readonly RawSource[]
  readonly ops: readonly RawOp[]
}

/** No element is later than this. */
const LONGEST_DELAY_MS = 400

/** What is asked of a program. */
export interface Demands {
  /** Windows are closed early by idle partitions and drains: only laws hold, and windows must collect. */
  readonly lawsOnly: boolean
  /** Event times and everything that is measured in them are multiplied by this. */
  readonly scale: number
}

interface Stream {
  readonly node: number
  readonly keyed: boolean
  /** Whether its elements come from source records of keyed topics, without a window or exchange between. */
  readonly hasRecordKey: boolean
  readonly timed: boolean
  /** Whether it was joined: rows of rows would be too many. */
  readonly isJoined?: boolean
}

/** Makes a program of whatever fits together. */
export function resolve(raw: RawProgram, demands: Demands): Program {
  return new Resolver(raw, demands).resolve()
}

class Resolver {
  readonly #raw: RawProgram
  readonly #demands: Demands
  readonly #nodes: Node[] = []
  readonly #streams: Stream[] = []
  /** Streams that only a sink may read. */
  readonly #ends: number[] = []
  #usesRecordTime = false

  constructor(raw: RawProgram, demands: Demands) {
    this.#raw = raw
    this.#demands = demands
  }

  resolve(): Program {
    for (const source of this.#raw.sources) this.#addSource(source)
    const { lawsOnly } = this.#demands
    for (const [number, op] of this.#raw.ops.entries()) {
      // The laws speak of windows and their late streams.
      this.#addOp(lawsOnly && number === 0 ? { ...op, op: 'window', from: 0, late: true } : op)
    }
    const read = new Set(this.#nodes.flatMap(readBy))
    for (const { node } of this.#streams) {
      const isLeaf = !read.has(node)
      const isWindow = ['window', 'late'].includes(this.#nodes[node]?.op ?? '')
      if (isLeaf || (lawsOnly && isWindow)) this.#sink(node, undefined, false)
    }
    for (const node of this.#ends) this.#sink(node, undefined, false)
    const { topics, shards } = this.#raw
    const idleAfterMs = lawsOnly ? 50 : 86_400_000
    return { topics, shards, idleAfterMs, nodes: this.#nodes, lawsOnly, usesRecordTime: this.#usesRecordTime }
  }

  #addSource(raw: RawSource): void {
    const { topics } = this.#raw
    const topic = raw.topic % topics.length
    const keyed = topics[topic]?.keyed === true
    let node = this.#add({ op: 'source', topic })
    let hasRecordKey = keyed
    if (raw.other !== undefined) {
      const other = this.#add({ op: 'source', topic: raw.other % topics.length })
      hasRecordKey &&= topics[raw.other % topics.length]?.keyed === true
      node = this.#add({ op: 'merge', from: node, others: [other] })
    }
    for (const { op, policy, concurrency } of raw.before) {
      if (op === 'mapAsync') node = this.#add({ op, from: node, concurrency, order: 'all', policy })
      else if (isPlain(op)) node = this.#add({ op, from: node, policy })
    }
    const kind = raw.time === 'clock' && !this.#demands.lawsOnly ? 'event' : raw.time
    if (kind !== 'record') {
      const policy = kind === 'clock' ? 'none' : raw.policy
      node = this.#add({ op: 'time', from: node, kind, boundMs: raw.boundMs * this.#demands.scale, policy })
    }
    this.#streams.push({ node, keyed: false, hasRecordKey, timed: kind !== 'record' })
  }

  #addOp(raw: RawOp): void {
    const stream = this.#back(raw.from)
    const { op } = raw
    if (isPlain(op)) this.#push(stream, { op, from: stream.node, policy: raw.policy })
    else if (op === 'mapAsync') {
      const { concurrency, policy } = raw
      const order = raw.order === 'key' && !stream.keyed ? 'none' : raw.order
      this.#push(stream, { op, from: stream.node, concurrency, order, policy })
    } else if (op === 'merge') {
      const other = this.#back(raw.other)
      if (other.node === stream.node) return
      const node = this.#add({ op, from: stream.node, others: [other.node] })
      const hasRecordKey = stream.hasRecordKey && other.hasRecordKey
      const isJoined = stream.isJoined === true || other.isJoined === true
      this.#streams.push({ node, keyed: false, hasRecordKey, timed: stream.timed && other.timed, isJoined })
    } else if (op === 'keyBy') this.#keyed(stream, raw.by)
    else if (op === 'to') this.#sink(stream.node, raw.partitions, raw.keyed)
    else if (op === 'process') this.#process(stream, raw)
    else if (op === 'join') this.#join(stream, this.#back(raw.other), raw)
    else this.#aggregate(stream, raw)
  }

  #aggregate(above: Stream, raw: RawOp): void {
    const stream = above.keyed ? above : this.#keyed(above, raw.by)
    const { scale, lawsOnly } = this.#demands
    const hasFunction = !['count', 'reduce', 'all'].includes(raw.fold)
    const policy = hasFunction && !lawsOnly ? raw.policy : 'none'
    if (raw.op === 'running') {
      const fold = raw.fold === 'all' ? 'collect' : raw.fold
      this.#ends.push(this.#add({ op: 'running', from: stream.node, fold, policy }))
      return
    }
    if (!stream.timed) this.#usesRecordTime = true
    const sizeMs = raw.sizeMs * scale
    const offsetMs = (raw.offsetMs % raw.sizeMs) * scale
    // The laws are those of windows that each element is in one of.
    const shape = lawsOnly ? 'tumbling' : raw.shape
    const window = {
      op: 'window',
      from: stream.node,
      shape,
      sizeMs,
      offsetMs,
      fold: foldFor(raw.fold, shape, lawsOnly),
      policy,
    } as const
    this.#push({ ...stream, hasRecordKey: false }, window)
    const node = this.#nodes.length - 1
    if (raw.late) this.#push({ ...stream, hasRecordKey: false }, { op: 'late', from: node })
  }

  /** Timers are later than anything that comes late, so what they give is in time. */
  #process(above: Stream, raw: RawOp): void {
    const stream = above.keyed ? above : this.#keyed(above, raw.by)
    if (this.#demands.lawsOnly) return
    if (!stream.timed) this.#usesRecordTime = true
    const delayMs = LONGEST_DELAY_MS * this.#demands.scale
    const node = { op: 'process', from: stream.node, delayMs, policy: raw.policy } as const
    this.#push({ ...stream, hasRecordKey: false }, node)
  }

  #join(one: Stream, other: Stream, raw: RawOp): void {
    if (this.#demands.lawsOnly || one.isJoined === true || other.isJoined === true) return
    const left = one.keyed ? one : this.#keyed(one, raw.by)
    const right = other.keyed ? other : this.#keyed(other, raw.by)
    if (left.node === right.node) return
    const timed = left.timed && right.timed
    if (!timed) this.#usesRecordTime = true
    const { kind = 'within', how = 'inner' } = raw
    const { scale } = this.#demands
    const beforeMs = raw.sizeMs * scale
    const afterMs = (raw.late ? -raw.offsetMs : raw.offsetMs) * scale
    const node = { op: 'join', from: left.node, right: right.node, kind, how, beforeMs, afterMs } as const
    this.#push({ ...left, timed, hasRecordKey: false, isJoined: true }, node)
  }

  #keyed(stream: Stream, by: KeyBy): Stream {
    const possible = by === 'record' && !stream.hasRecordKey ? 'field' : by
    const node = this.#add({ op: 'keyBy', from: stream.node, by: possible })
    const keyed = { ...stream, node, keyed: true, hasRecordKey: false }
    this.#streams.push(keyed)
    return keyed
  }

  #sink(from: number, partitions: number | undefined, keyed: boolean): void {
    this.#add({ op: 'to', from, partitions, keyed })
  }

  #push(stream: Stream, node: Node): void {
    this.#streams.push({ ...stream, node: this.#add(node) })
  }

  #add(node: Node): number {
    return this.#nodes.push(this.#allowed(node)) - 1
  }

  /** Time passes while an element is tried again, and record time must not pass: those are skipped. */
  #allowed(node: Node): Node {
    const isStill = this.#raw.sources.some(source => source.time === 'record')
    if (!isStill || !('policy' in node) || !node.policy.startsWith('retry')) return node
    return { ...node, policy: 'skip' }
  }

  #back(steps: number): Stream {
    const stream = this.#streams[this.#streams.length - 1 - (steps % this.#streams.length)]
    if (stream === undefined) throw new Error('a program without a source')
    return stream
  }
}

/** Hopping windows advance by `sizeMs`, and do not end where others begin. */
export function hopSize(sizeMs: number): number {
  return 2 * sizeMs + Math.ceil(sizeMs / 2)
}

/** The nodes whose stream a node reads; a late stream is an output of its own. */
export function readBy(node: Node): readonly number[] {
  if (node.op === 'source' || node.op === 'late') return []
  if (node.op === 'join') return [node.from, node.right]
  return node.op === 'merge' ? [node.from, ...node.others] : [node.from]
}

/** All nodes above a node, itself included. */
export function above(program: Program, node: number): readonly Node[] {
  const found = new Set<number>()
  const visit = (number: number): void => {
    if (found.has(number)) return
    found.add(number)
    const step = program.nodes[number]
    if (step === undefined || step.op === 'source') return
    visit(step.from)
    if (step.op === 'merge') for (const other of step.others) visit(other)
    if (step.op === 'join') visit(step.right)
  }
  visit(node)
  return [...found].flatMap(number => program.nodes[number] ?? [])
}

/** What needs to merge, merges; and what the laws count must be listed. */
function foldFor(fold: FoldName, shape: WindowShape, lawsOnly: boolean): FoldName {
  if (lawsOnly) return fold === 'set' || fold === 'all' ? fold : 'collect'
  return fold === 'collect' && (shape === 'session' || shape === 'around') ? 'set' : fold
}

function isPlain(op: RawOp['op']): op is 'map' | 'filter' | 'flatMap' | 'peek' | 'mapPromise' {
  return op === 'map' || op === 'filter' || op === 'flatMap' || op === 'peek' || op === 'mapPromise'
}
