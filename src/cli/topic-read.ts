/** `sluice topic read`: the records of a topic as JSON lines. */
import { BatchCursor, type Broker, type Reader, type StartPosition, type TopicInfo } from '../broker/index.ts'
import { UsageError } from '../errors.ts'
import { systemClock } from '../time/index.ts'
import type { Arguments } from './arguments.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { recordJson, valueJson } from './record-json.ts'
import { StopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'
import { requireTopic } from './topic-describe.ts'

export const topicRead: Command = {
  name: 'topic read',
  positionals: ['NAME'],
  summary: 'prints the committed records of a topic, one JSON object per line',
  details: [
    'Prints {topic, partition, offset, timestamp, key, value, headers}, partition by partition, by offset.',
  ],
  options: {
    values: { help: 'print only the values' },
    from: {
      value: 'POSITION',
      help: 'earliest (the default), latest, an offset, or a time such as 2024-01-31T12:00Z',
    },
    follow: { help: 'then go on with what is written, as it comes, until Ctrl-C' },
    partition: { value: 'P', help: 'only this partition' },
    broker: BROKER_OPTION,
  },
  examples: [
    ['sluice topic read sums --values', 'all values'],
    ['sluice topic read sums --from latest --follow', 'what is written from now on'],
  ],
  async run(args, terminal) {
    const from = readPosition(args.text('from') ?? 'earliest')
    const signals = new StopSignals(terminal)
    const stop = AbortSignal.any([signals.signal, terminal.closed])
    try {
      await withExistingBroker(brokerUrl(args), async broker => {
        const printer = await openPrinter(broker, args, from, terminal)
        await printer.printPresent(stop)
        if (args.flag('follow')) await printer.follow(broker, stop)
      })
    } finally {
      signals.finish()
    }
    return signals.exitCode ?? EXIT.done
  },
}

/** `2024-01-31`, with or without time, seconds, fraction and zone. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

function readPosition(text: string): StartPosition {
  if (text === 'earliest' || text === 'latest') return { kind: text }
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)))
    return { kind: 'offset', offset: Number(text) }
  const timeMs = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(timeMs)) return { kind: 'time', timeMs }
  throw new UsageError(
    `--from is ${JSON.stringify(text)}; expected earliest, latest, an offset, or a time such as 2024-01-31T12:00:00Z`,
  )
}

async function openPrinter(
  broker: Broker,
  args: Arguments,
  from: StartPosition,
  terminal: Terminal,
): Promise<Printer> {
  const topic = await requireTopic(broker, args.positional(0))
  const wanted = args.wholeNumber('partition', 0)
  if (wanted !== undefined && wanted >= topic.partitions) {
    throw new UsageError(
      `--partition is ${wanted}; topic "${topic.name}" has partitions 0 to ${topic.partitions - 1}`,
    )
  }
  const numbers =
    wanted === undefined ? Array.from({ length: topic.partitions }, (_, index) => index) : [wanted]
  const inputs = await Promise.all(
    numbers.map(async partition => {
      const start = await broker.resolve(topic.name, partition, from)
      return { partition, reader: broker.reader(topic.name, partition, start) }
    }),
  )
  return new Printer(topic, inputs, args.flag('values'), terminal)
}

interface Input {
  readonly partition: number
  readonly reader: Reader
}

class Printer {
  readonly #topic: TopicInfo
  readonly #inputs: readonly Input[]
  readonly #valuesOnly: boolean
  readonly #terminal: Terminal
  readonly #cursor = new BatchCursor()

  constructor(topic: TopicInfo, inputs: readonly Input[], valuesOnly: boolean, terminal: Terminal) {
    this.#topic = topic
    this.#inputs = inputs
    this.#valuesOnly = valuesOnly
    this.#terminal = terminal
  }

  /** Prints what is there now; what is written meanwhile is not. */
  async printPresent(stop: AbortSignal): Promise<void> {
    const ends = this.#inputs.map(({ reader }) => reader.end())
    for (const [index, input] of this.#inputs.entries()) {
      const end = ends[index] ?? 0
      while (input.reader.position < end && !stop.aborted && this.#printBatch(input, end))
        await this.#breathe()
    }
  }

  /** Prints what comes, until stopped. */
  async follow(broker: Broker, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      let printed = false
      for (const input of this.#inputs) printed = this.#printBatch(input) || printed
      await this.#breathe()
      if (!printed) await broker.news(stop)
    }
  }

  /** Waits for whoever reads the output, and lets signals have their turn. */
  async #breathe(): Promise<void> {
    await this.#terminal.drained()
    await systemClock.yield()
  }

  /** Prints the next batch up to `end`, if any: compaction may have joined it with what came after. */
  #printBatch(input: Input, end: number = Number.POSITIVE_INFINITY): boolean {
    const batch = input.reader.poll()
    if (batch === undefined) return false
    const cursor = this.#cursor
    cursor.load(batch)
    while (cursor.next()) {
      if (cursor.offset >= end) break
      this.#terminal.line(
        this.#valuesOnly
          ? valueJson(this.#topic.kind, cursor)
          : recordJson(this.#topic.name, this.#topic.kind, input.partition, cursor),
      )
    }
    return true
  }
}
