/** The app: collects topics and streams under one name, which is that of its consumer group. */
import { json } from '../codec/index.ts'
import { GraphError } from '../errors.ts'
import { type ErrorPolicy, type Graph, GraphBuilder, resolvePolicy } from '../graph/index.ts'
import {
  checkOptions,
  checkTopic,
  NATURES,
  Stream,
  scatterOver,
  type Table,
  Topic,
  type TopicOptions,
} from '../operators/index.ts'
import { checkAppName, openPool } from '../runtime/index.ts'

/** Options of an app. */
export interface AppOptions {
  /**
   * Into how many slices keys are divided: the most workers that can share keyed work. The default
   * is the largest number of partitions among the input topics at the first run; then it is fixed.
   */
  readonly shards?: number
  /** What a step without a policy of its own does with an element that it cannot process; `fail`. */
  readonly onError?: ErrorPolicy
}

/**
 * A stream processing program: `sluice run` runs the app that a module exports as its default.
 *
 * ```ts run
 * import { App, json, tumbling } from 'sluice'
 *
 * const app = new App('clicks-per-page')
 * const clicks = app.topic('clicks', { value: json({ page: 'string' }), partitions: 4 })
 * app.stream(clicks).keyBy('page').window(tumbling('1m')).count().print()
 *
 * console.log(app.graph().steps.map(step => step.id).join(' → '))
 * ```
 *
 * ```text output
 * clicks → clicks.keyBy → clicks.count → clicks.print
 * ```
 */
export class App {
  readonly name: string
  readonly shards: number | undefined
  readonly #onError: ErrorPolicy
  readonly #builder: GraphBuilder
  readonly #topics = new Map<string, Topic<unknown>>()

  constructor(name: string, options: AppOptions = {}) {
    checkAppName(name)
    const { shards, onError = 'fail' } = options
    if (shards !== undefined && !(Number.isSafeInteger(shards) && shards > 0)) {
      throw new GraphError(
        'OPTION_INVALID',
        `app "${name}": shards is ${shards}; expected a whole number ≥ 1`,
      )
    }
    resolvePolicy(onError, `onError of app "${name}"`)
    this.name = name
    this.shards = shards
    this.#onError = onError
    this.#builder = new GraphBuilder(name)
  }

  /** Names a topic and says what its records are. Without `value` they are any JSON. */
  topic(name: string, options?: Omit<TopicOptions<unknown>, 'value'>): Topic<unknown>
  topic<T>(name: string, options: TopicOptions<T>): Topic<T>
  topic<T>(name: string, options: Partial<TopicOptions<T>> = {}): Topic<T> {
    if (this.#topics.has(name)) {
      throw new GraphError(
        'OPTION_INVALID',
        `topic "${name}" is named twice in app "${this.name}": name it once and use that value everywhere`,
      )
    }
    const topic = new Topic<T>(name, { ...options, value: options.value ?? json<T>() })
    this.#topics.set(name, topic as Topic<unknown>)
    return topic
  }

  /** The records of a topic, decoded. Each call reads the topic once more. */
  stream<T>(topic: Topic<T>, options: { readonly id?: string } = {}): Stream<T> {
    checkOptions(options, ['id'], 'stream')
    return this.#source<T>(topic, { ...options, name: 'stream' })
  }

  #source<T>(
    topic: Topic<never>,
    {
      id,
      name,
      tombstones,
    }: { readonly id?: string; readonly name: 'stream' | 'table'; readonly tombstones?: true },
  ): Stream<T> {
    checkTopic(topic, name)
    const onError = topic.onError ?? this.#onError
    const port = this.#builder.add({
      kind: 'source',
      id,
      name,
      inputs: [],
      within: [],
      nature: NATURES.stream,
      onError: resolvePolicy(onError, `onError of topic "${topic.name}"`),
      topic: topic.spec,
      ...(tombstones === undefined ? {} : { tombstones }),
    })
    const show = (): string => ` of app "${this.name}"`
    const scatter = scatterOver(openPool)
    return new Stream<T>({ builder: this.#builder, onError: this.#onError, scatter, show }, port)
  }

  /**
   * The records of a topic as a table: of each key the last record, or none where that has no value. A table is read
   * to its end before streams that are joined with it, as far as one worker reads both.
   */
  table<T>(topic: Topic<T>, options: { readonly id?: string } = {}): Table<string, T> {
    checkOptions(options, ['id'], 'table')
    const records = this.#source<T | null>(topic, { ...options, name: 'table', tombstones: true })
    const removed = (row: T | null): boolean => row === null
    // What is null is a removal, and so no row.
    return records.keyBy().toTable({ removed, order: 'arrival' }) as Table<string, T>
  }

  /** The graph of everything so far. Throws `GraphError` when it cannot run. */
  graph(): Graph {
    return this.#builder.build()
  }
}
