/** An output of a step of a live graph, as streams see it. */
import type { Source } from '../../connect/index.ts'
import { componentOf, PushOutput, sourcesAbove, TapOperator } from '../../engine/index.ts'
import type { LivePort, SourceEnd, Tap } from '../../operators/index.ts'
import type { LiveGraph } from './live-graph.ts'

/** One output, main or side. */
export class LiveOutput extends PushOutput implements LivePort {
  readonly graph: LiveGraph

  constructor(graph: LiveGraph, output: string | undefined) {
    super(graph.scope, output)
    this.graph = graph
  }

  connect(to: LiveOutput): void {
    to.owner?.connect(this)
  }

  disconnect(from: LiveOutput): void {
    this.owner?.disconnect(from)
  }

  flush(): Promise<void> | undefined {
    return this.owner?.flush()
  }

  attach(source: Source<unknown>): void {
    this.owner?.attach(source)
  }

  async run(user?: object): Promise<SourceEnd> {
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
      owner: undefined,
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
    if (what === 'step') this.owner?.wire([])
    else {
      const steps = componentOf(this)
      for (const { main, sides } of steps) for (const output of [main, ...sides.values()]) output.close()
      await Promise.all(steps.map(step => step.close()))
    }
  }
}
