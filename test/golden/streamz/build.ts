/** Builds the graph of a recorded case of streamz with Sluice's operators. */
import { type Key, literal, type ManualClock, Stream } from 'sluice'
import { type FunctionName, functionOf, isTruthy } from './functions.ts'

/** A node of a case. */
export interface NodeSpec {
  readonly id: string
  readonly op: string
  readonly from?: readonly (string | { readonly literal: unknown })[]
  readonly to?: string
  readonly args?: Args
}

interface Args {
  readonly fn?: FunctionName | null
  readonly keyFn?: FunctionName
  readonly key?: number | string
  readonly extra?: readonly unknown[]
  readonly start?: number
  readonly returns_state?: boolean
  readonly with_state?: boolean
  readonly end?: number | null
  readonly step?: number
  readonly n?: number
  readonly timeout?: number
  readonly keep?: 'first' | 'last'
  readonly return_partial?: boolean
  readonly maxsize?: number
  readonly emit_on?: number | string | readonly (number | string)[]
  readonly pick?: PropertyKey | readonly PropertyKey[]
  readonly parallelism?: number
  readonly interval?: number
  readonly value?: unknown
  readonly seconds?: number | Readonly<Record<string, number>>
}

// A case is checked by running it: what flows through it is of no type that is known here.
type Node = Stream<unknown>
type Numbers = Stream<number>

/** Where a graph is built. */
export interface BuildHost {
  readonly clock: ManualClock
  readonly nodes: Map<string, Node>
  /** A sink has got a value. */
  readonly arrived: (sink: string, value: unknown) => void
}

/** Adds one node. */
export function addNode(spec: NodeSpec, host: BuildHost): void {
  const node = makeNode(spec, host)
  if (node !== undefined) host.nodes.set(spec.id, node)
}

/** The node of this id. */
export function nodeOf(id: string | undefined, { nodes }: BuildHost): Node {
  const node = nodes.get(id ?? '')
  if (node === undefined) throw new Error(`no node "${id}" was built`)
  return node
}

function makeNode(spec: NodeSpec, host: BuildHost): Node | undefined {
  const { id, op, args = {} } = spec
  if (op === 'source') return new Stream<unknown>({ clock: host.clock, name: id })
  if (op === 'zip') return makeZip(spec, host)
  const [stream, ...others] = (spec.from ?? []).map(from => nodeOf(from as string, host))
  if (stream === undefined) throw new Error(`node "${id}" reads nothing`)
  switch (op) {
    case 'connect':
      stream.connect(nodeOf(spec.to, host))
      return undefined
    case 'sink':
      return stream.sink(value => host.arrived(id, value))
    case 'failingSink':
      return stream.sink(value => host.arrived(id, functionOf(['failIf', args.value])(value)))
    case 'slowSink':
      return stream.sink(async value => {
        await host.clock.sleep(Number(args.seconds) * 1000)
        host.arrived(id, value)
      })
    case 'union':
      return stream.merge(...others)
    case 'combine_latest':
      return stream.combineLatest(others, { emitOn: emitOn(args, host) })
    case 'zip_latest':
      return stream.zipLatest(...others)
    default:
      return makeOperator(op, stream, { args, clock: host.clock })
  }
}

function makeOperator(op: string, stream: Node, { args, clock }: { args: Args; clock: ManualClock }): Node {
  const interval = Math.round((args.interval ?? 0) * 1000)
  switch (op) {
    case 'map':
      return stream.map(withExtra(args))
    case 'starmap':
      return (stream as Stream<unknown[]>).starmap(withExtra(args))
    case 'filter':
      return stream.filter(predicate(args))
    case 'remove':
      return stream.remove(predicate(args))
    case 'accumulate':
    case 'scan':
      return scan(stream as Numbers, args)
    case 'frequencies':
      return stream.frequencies().map(counts => Object.fromEntries(counts) as unknown)
    case 'slice':
      return stream.slice(args.start ?? 0, args.end ?? undefined, { step: args.step ?? 1 })
    case 'partition':
      return stream.chunk(args.n ?? 0, {
        ...(args.timeout === undefined ? {} : { timeout: args.timeout * 1000 }),
        ...keyOption(args),
      })
    case 'partition_unique':
      return stream.chunkUnique(args.n ?? 0, { keep: args.keep ?? 'first', ...keyOption(args) })
    case 'sliding_window':
      return stream.slidingWindow(args.n ?? 0, { partial: args.return_partial ?? true })
    case 'unique':
      return stream.unique({
        ...(args.maxsize === undefined || args.maxsize === null ? {} : { max: args.maxsize }),
        ...keyOption(args),
      })
    case 'flatten':
      return (stream as Stream<Iterable<unknown>>).flatten()
    case 'pluck':
      return (stream as Stream<Readonly<Record<PropertyKey, unknown>>>).pluck(args.pick as never)
    case 'collect':
      return stream.collect()
    case 'buffer':
      return stream.buffer(args.n ?? 0)
    case 'latest':
      return stream.latest()
    case 'delay':
      return stream.pace(interval)
    case 'rate_limit':
      return stream.rateLimit(interval)
    case 'timed_window':
      return stream.timedWindow(interval)
    case 'timed_window_unique':
      return stream.timedWindowUnique(interval, { keep: args.keep ?? 'first', ...keyOption(args) })
    case 'map_async':
      return mapAsync(stream, args, clock)
    default:
      throw new Error(`no operator "${op}" is known`)
  }
}

function scan(stream: Numbers, args: Args): Node {
  const fn = functionOf(args.fn ?? 'identity')
  const withState = args.with_state ?? false
  if (args.returns_state !== true) {
    return stream.scan(fn as (state: number, value: number) => number, args.start, { withState })
  }
  const step = fn as (state: number, value: number) => readonly [number, unknown]
  return stream.mapWithState(step, args.start, { withState })
}

function mapAsync(stream: Node, args: Args, clock: ManualClock): Node {
  const fn = functionOf(args.fn ?? 'identity')
  const seconds = (args.seconds ?? {}) as Readonly<Record<string, number>>
  const call = async (value: unknown): Promise<unknown> => {
    await clock.sleep((seconds[String(value)] ?? 0) * 1000)
    return fn(value)
  }
  return stream.mapAsync(call, { concurrency: args.parallelism ?? 1, onError: 'skip' })
}

function makeZip(spec: NodeSpec, host: BuildHost): Node {
  const inputs = (spec.from ?? []).map(from =>
    typeof from === 'string' ? nodeOf(from, host) : literal(from.literal),
  )
  const maxSize = spec.args?.maxsize
  return Stream.zip(inputs, maxSize === undefined ? {} : { maxSize })
}

function emitOn({ emit_on }: Args, host: BuildHost): readonly (Node | number)[] {
  if (emit_on === undefined || emit_on === null) return []
  const list = typeof emit_on === 'object' ? emit_on : [emit_on]
  return list.map(each => (typeof each === 'number' ? each : nodeOf(each, host)))
}

function withExtra({ fn, extra = [] }: Args): (...values: unknown[]) => unknown {
  const call = functionOf(fn ?? 'identity')
  return (...values) => call(...values, ...extra)
}

function predicate({ fn }: Args): (value: unknown) => boolean {
  const call = fn === null || fn === undefined ? (value: unknown) => value : functionOf(fn)
  return value => isTruthy(call(value))
}

function keyOption({ key, keyFn }: Args): { readonly key?: (value: unknown) => Key } {
  if (keyFn !== undefined) return { key: functionOf(keyFn) as (value: unknown) => Key }
  if (key === undefined) return {}
  return { key: value => (value as Readonly<Record<PropertyKey, Key>>)[key] as Key }
}
