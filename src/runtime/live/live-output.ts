/** An output of a step of a live graph, as streams see it. */
import type { Source } from '../../connect/index.ts'
import { type Operator, PushOutput, TapOperator } from '../../engine/index.ts'
import type { LivePort, RunEnd, Tap } from '../../operators/index.ts'
import type { LiveGraph } from './live-graph.ts'
import type { LiveNode } from './live-node.ts'
import { componentOf, sourcesAbove } from './live-walk.ts'

/** One edge: who reads an output, and by which entrance. */
export interface Reader {
  readonly from: LiveOutput
  readonly node: LiveNode | undefined
  /** Whether it closes a loop: then ends do not go round. */
  readonly loops: boolean
  entrance: Operator
}

/** One output, main or side. */
export class LiveOutput extends PushOutput<Reader> implements LivePort {
  readonly graph: LiveGraph
  readonly output: string | undefined
  node: LiveNode | undefined
  /** The count when a picture last told it, and when that was. */
  told: { readonly count: number; readonly at: number } | undefined

  constructor(graph: LiveGraph, output: string | undefined) {
    super(graph.scope)
    this.graph = graph
    this.output = output
  }

  get step(): string | undefined {
    return this.node?.id
  }

  connect(to: LiveOutput): void {
    to.node?.connect(this)
  }

  disconnect(from: LiveOutput): void {
    this.node?.disconnect(from)
  }

  flush(): Promise<void> | undefined {
    return this.node?.flush()
  }

  attach(source: Source<unknown>): void {
    this.node?.attach(source)
  }

  async run(user?: object): Promise<RunEnd> {
    const ends = await Promise.all(sourcesAbove(this).map(source => source.run(user)))
    return ends.includes('stopped') ? 'stopped' : 'ended'
  }

  async leave(user: object): Promise<void> {
    await Promise.all(sourcesAbove(this).map(source => source.leave(user)))
  }

  async stop(): Promise<void> {
    await Promise.all(sourcesAbove(this).map(source => source.stop()))
  }

  tap(tap: Tap): () => void {
    const reader = {
      from: this,
      node: undefined,
      loops: false,
      entrance: new TapOperator(tap, this.scope),
    }
    this.setReaders([...this.readers, reader])
    return () => this.setReaders(this.readers.filter(other => other !== reader))
  }

  deadLetters(): LivePort {
    return this.graph.letters
  }

  async dispose(what: 'step' | 'everything'): Promise<void> {
    if (what === 'step') this.node?.wire([])
    else {
      const nodes = componentOf(this)
      for (const { main, sides } of nodes) for (const output of [main, ...sides.values()]) output.close()
      await Promise.all(nodes.map(node => node.close()))
    }
  }

  /** Nothing comes any more: whoever reads from outside of the graph need not wait. */
  close(): void {
    this.hasEnded = true
    for (const { node, entrance } of this.readers) {
      if (node === undefined) entrance.advance(Number.POSITIVE_INFINITY, false)
    }
  }

  override setReaders(readers: readonly Reader[]): void {
    super.setReaders(readers)
    this.node?.relink()
    if (readers.length > 0) this.node?.wakeUp()
  }

  /** From now on everything passes here itself, as what can come back must, and what is counted. */
  watch(): void {
    this.isWatched = true
    this.setReaders(this.readers)
  }
}
