/** `sluice topic write`: lines become records. */
import { createReadStream, existsSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Broker } from '../broker/index.ts'
import { BrokerError, CodecError, UsageError } from '../errors.ts'
import { systemClock } from '../time/index.ts'
import { brokerUrl, isMissing, withSharedBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { LineSplitter } from './line-splitter.ts'
import { RecordWriter, type RecordWriterOptions } from './record-writer.ts'
import { StopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'
import { countText, numberText } from './texts.ts'
import { requireTopic } from './topic-describe.ts'

/** What a slow producer gives is written after this time. */
const FLUSH_INTERVAL_MS = 40
const STATUS_INTERVAL_MS = 250

export const topicWrite: Command = {
  name: 'topic write',
  positionals: ['NAME', '[FILE]'],
  summary: 'writes the JSON lines of FILE, or of standard input, as records',
  details: [
    'With --key, records of equal key are in one partition (murmur2, as Kafka puts them); without, the partitions take turns.',
    'A line that is not JSON ends the writing; what stands before it is written.',
    'With --text any line will do, such as a row of CSV; empty ones are passed over.',
  ],
  options: {
    key: { value: 'FIELD', help: 'the field of the value that is the key of its record' },
    text: { help: 'take lines as they are, as records of text' },
    broker: BROKER_OPTION,
  },
  examples: [
    ['sluice topic write readings readings.jsonl --key sensor', 'write a file'],
    ['tail -f app.log | sluice topic write log --text', 'write what comes, as it comes'],
  ],
  async run(args, terminal) {
    const [name, file, url] = [args.positional(0), args.positional(1), brokerUrl(args)]
    if (isMissing(url)) throw topicMissing(name, url)
    const keyField = args.text('key')
    const isText = args.flag('text')
    if (isText && keyField !== undefined) {
      throw new UsageError(
        '--key names a field of JSON values, and --text takes lines as they are: give one of them',
      )
    }
    const input = openInput(file)
    if (input === process.stdin && process.stdin.isTTY) {
      terminal.say(`reading ${isText ? '' : 'JSON '}lines from the keyboard; Ctrl-D ends them`)
    }
    return withSharedBroker(url, {}, async broker => {
      const writer = await openWriter(broker, name, { keyField, isText })
      return writeAll(input, writer, name, terminal)
    })
  },
}

function topicMissing(name: string, url: string): BrokerError {
  return new BrokerError(
    'TOPIC_UNKNOWN',
    `topic "${name}" does not exist: there is no broker ${url} yet; make both: sluice topic create ${name} --partitions N`,
  )
}

function openInput(file: string): Readable {
  if (file === '' || file === '-') return process.stdin
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  if (statSync(file).isDirectory()) throw new UsageError(`${file} is a folder; name a file of lines`)
  return createReadStream(file, { highWaterMark: 256 * 1024 })
}

async function openWriter(
  broker: Broker,
  name: string,
  lines: Pick<RecordWriterOptions, 'keyField' | 'isText'>,
): Promise<RecordWriter> {
  const topic = await requireTopic(broker, name)
  if (topic.kind !== 'user') {
    throw new UsageError(`topic "${name}" belongs to an app, which alone may write to it`)
  }
  const partitions = await broker.partitions(name)
  const records = partitions.reduce((sum, { end }) => sum + end, 0)
  return new RecordWriter({
    broker,
    topic: name,
    partitions: topic.partitions,
    ...lines,
    firstPartition: records % topic.partitions,
    clock: systemClock,
  })
}

async function writeAll(
  input: Readable,
  writer: RecordWriter,
  name: string,
  terminal: Terminal,
): Promise<number> {
  const signals = new StopSignals(terminal)
  const done = new AbortController()
  const failed = new AbortController()
  const stop = AbortSignal.any([signals.signal, failed.signal])
  const flushing = flushRegularly(writer, terminal, done.signal).catch((thrown: unknown) =>
    failed.abort(thrown),
  )
  try {
    await copy(input, writer, stop)
  } catch (thrown) {
    if (failed.signal.aborted) throw failed.signal.reason
    await writer.flush()
    if (!signals.signal.aborted) throw withCount(thrown, writer.written)
  } finally {
    done.abort()
    await flushing
    signals.finish()
  }
  terminal.clearStatus()
  terminal.say(`${countText(writer.written, 'record')} written to topic "${name}"`)
  return signals.exitCode ?? EXIT.done
}

/** A bad line also says what was written before it. */
function withCount(thrown: unknown, written: number): unknown {
  if (!(thrown instanceof CodecError)) return thrown
  if (written === 0) return new CodecError('DECODE_FAILED', `${thrown.message}; nothing was written`)
  const count = written === 1 ? 'the one record' : `the ${countText(written, 'record')}`
  return new CodecError(
    'DECODE_FAILED',
    `${thrown.message}; ${count} before it ${written === 1 ? 'is' : 'are'} written`,
  )
}

async function copy(input: Readable, writer: RecordWriter, signal: AbortSignal): Promise<void> {
  const splitter = new LineSplitter()
  const add = async (lines: Iterable<Buffer>): Promise<void> => {
    for (const line of lines) {
      writer.add(line)
      if (writer.isFull) await writer.flush()
    }
  }
  await pipeline(
    input,
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await add(splitter.push(chunk))
      await add(splitter.end())
      await writer.flush()
    },
    { signal },
  )
}

/** So that what comes slowly is seen soon. */
async function flushRegularly(writer: RecordWriter, terminal: Terminal, done: AbortSignal): Promise<void> {
  const startedAt = systemClock.monotonic()
  let statusAt = startedAt + STATUS_INTERVAL_MS
  while (!done.aborted) {
    await systemClock.sleep(FLUSH_INTERVAL_MS, done)
    await writer.flush()
    const now = systemClock.monotonic()
    if (now < statusAt) continue
    statusAt = now + STATUS_INTERVAL_MS
    const rate = Math.round((writer.written * 1000) / (now - startedAt))
    terminal.status(`${countText(writer.written, 'record')} written · ${numberText(rate)}/s`)
  }
}
