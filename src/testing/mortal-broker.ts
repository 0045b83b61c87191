/**
 * A broker as one life of one worker sees it: once that is over, nothing of it reaches the logs any
 * more. So a crash is exactly what a killed process leaves behind: what was durable, and no more.
 */
import type {
  Append,
  Broker,
  CommitRequest,
  Group,
  InputClaim,
  InputPosition,
  Lease,
  Moment,
  PartitionInfo,
  Reader,
  RecordBatch,
  StartPosition,
  TopicInfo,
  TopicRules,
} from '../broker/index.ts'
import type { CommitTrouble } from './commit-trouble.ts'
import type { Life } from './crash.ts'

/** What a worker's calls wait for before and after they happen: others may have their turn meanwhile. */
export type Delay = (where: string, kind?: 'work' | 'waiting') => Promise<void>

/** What happens to the calls of one life. */
export interface MortalParts {
  readonly life: Life
  readonly delay: Delay
  readonly trouble: CommitTrouble
  readonly note: (what: string) => void
}

/** The broker of one life. */
export class MortalBroker implements Broker {
  readonly url: string
  readonly shared: boolean
  readonly #broker: Broker
  readonly #parts: MortalParts
  readonly #life: Life
  /** Callers of `news` are told apart by their signals: the same one for the same caller. */
  readonly #signals = new WeakMap<AbortSignal, AbortSignal>()

  constructor(broker: Broker, parts: MortalParts) {
    this.url = broker.url
    this.shared = broker.shared
    this.#broker = broker
    this.#parts = parts
    this.#life = parts.life
  }

  createTopic(topic: TopicInfo): Promise<boolean> {
    return this.#call(() => this.#broker.createTopic(topic))
  }

  alterTopic(name: string, rules: TopicRules): Promise<void> {
    return this.#call(() => this.#broker.alterTopic(name, rules))
  }

  deleteTopic(name: string): Promise<void> {
    return this.#call(() => this.#broker.deleteTopic(name))
  }

  topics(): Promise<readonly TopicInfo[]> {
    return this.#call(() => this.#broker.topics())
  }

  topic(name: string): Promise<TopicInfo | undefined> {
    return this.#call(() => this.#broker.topic(name))
  }

  async partitions(topic: string): Promise<readonly PartitionInfo[]> {
    const kind = (await this.#broker.topic(topic))?.kind
    if (kind === 'changelog') this.#life.pass('whileRestoring')
    return this.#call(() => this.#broker.partitions(topic))
  }

  resolve(topic: string, partition: number, start: StartPosition): Promise<number> {
    return this.#call(() => this.#broker.resolve(topic, partition, start))
  }

  produce(appends: readonly Append[]): Promise<readonly number[]> {
    return this.#call(() => this.#broker.produce(appends))
  }

  reader(topic: string, partition: number, offset: number): Reader {
    this.#life.check()
    return new MortalReader(this.#broker.reader(topic, partition, offset), this.#life)
  }

  /** Resolves at death too, so that a sleeping worker finds out. */
  async news(signal: AbortSignal): Promise<void> {
    let either = this.#signals.get(signal)
    if (either === undefined) {
      either = AbortSignal.any([signal, this.#life.ended.signal])
      this.#signals.set(signal, either)
    }
    await this.#broker.news(either)
    await this.#parts.delay('hears news')
  }

  moment(): Promise<Moment> {
    return this.#call(() => this.#broker.moment())
  }

  group(id: string): Group {
    return new MortalGroup(this.#broker.group(id), this.#parts)
  }

  groups(): Promise<readonly string[]> {
    return this.#call(() => this.#broker.groups())
  }

  acquireLease(group: string): Promise<Lease> {
    return this.#call(() => this.#broker.acquireLease(group))
  }

  async close(): Promise<void> {
    // The logs belong to the driver.
  }

  async #call<T>(body: () => Promise<T>): Promise<T> {
    await this.#parts.delay('asks the broker', 'waiting')
    this.#life.check()
    return body()
  }
}

class MortalReader implements Reader {
  readonly #reader: Reader
  readonly #life: Life

  constructor(reader: Reader, life: Life) {
    this.#reader = reader
    this.#life = life
  }

  get position(): number {
    return this.#reader.position
  }

  poll(): RecordBatch | undefined {
    this.#life.check()
    return this.#reader.poll()
  }

  seek(offset: number): void {
    this.#reader.seek(offset)
  }

  end(): number {
    return this.#reader.end()
  }

  close(): void {
    this.#reader.close()
  }
}

class MortalGroup implements Group {
  readonly id: string
  readonly #group: Group
  readonly #parts: MortalParts
  readonly #life: Life

  constructor(group: Group, parts: MortalParts) {
    this.id = group.id
    this.#group = group
    this.#parts = parts
    this.#life = parts.life
  }

  async positions(): Promise<readonly InputPosition[]> {
    this.#life.check()
    return this.#group.positions()
  }

  async fact(name: string): Promise<unknown> {
    this.#life.check()
    return this.#group.fact(name)
  }

  async setFact(name: string, value: unknown): Promise<void> {
    this.#life.check()
    await this.#group.setFact(name, value)
  }

  async claim(inputs: readonly InputClaim[]): Promise<readonly InputPosition[]> {
    await this.#parts.delay('claims')
    this.#life.check()
    return this.#group.claim(inputs)
  }

  async forget(step: string): Promise<void> {
    this.#life.check()
    await this.#group.forget(step)
  }

  async commit(request: CommitRequest): Promise<readonly number[]> {
    const { delay, trouble, note } = this.#parts
    await delay('commits')
    this.#life.check()
    await this.#life.wait(trouble.meet(this.#life))
    this.#life.pass('beforeCommit')
    this.#life.check()
    const bases = await this.#group.commit(request)
    note(describeCommit(request, bases))
    this.#life.pass('afterCommit')
    await delay('has committed')
    this.#life.check()
    return bases
  }

  async remove(): Promise<void> {
    this.#life.check()
    await this.#group.remove()
  }
}

/** What became durable, for the trace. */
function describeCommit({ inputs, appends }: CommitRequest, bases: readonly number[]): string {
  const positions = inputs.map(({ step, partition, next }) => `${step}/${partition}@${next}`)
  const batches = appends.map(
    ({ topic, partition, batch }, index) => `${topic}/${partition}@${bases[index]}+${batch.count}`,
  )
  return `  durable: ${[...positions, ...batches].join(' ')}`
}
