/** Puts the events of a file into the topic of events: line n into partition n modulo 4, as it stands there. */
import { type Broker, bytes, Producer, Topic, UsageError } from 'sluice'
import { EVENTS, eventCodec, PARTITIONS } from './events.ts'
import { readLines } from './lines.ts'

/** How a file is loaded. */
export interface LoadOptions {
  /** Aborting it stops between two lines. */
  readonly signal?: AbortSignal
  /** Is told how many events are there, now and then. */
  readonly onProgress?: (events: number) => void
}

const TELL_EACH = 200_000

/** Loads a file of events, `.jsonl` or `.jsonl.gz`; gives their number. Throws `USAGE` for a line that is no event. */
export async function loadEvents(file: string, broker: Broker, options: LoadOptions = {}): Promise<number> {
  const { signal, onProgress = () => {} } = options
  const producer = new Producer(broker, new Topic(EVENTS, { value: bytes(), partitions: PARTITIONS }))
  let events = 0
  for await (const [number, line] of readLines(file)) {
    if (signal?.aborted === true) break
    const { dateTime } = eventOf(line, `${file}:${number + 1}`)
    await producer.send(line, { partition: number % PARTITIONS, timestamp: dateTime })
    if (++events % TELL_EACH === 0) onProgress(events)
  }
  await producer.close()
  return events
}

function eventOf(line: Uint8Array, place: string): { readonly dateTime: number } {
  try {
    return eventCodec.decode(line, 0, line.length)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new UsageError(`${place}: ${why}; each line is expected to be one event as JSON`, { cause: thrown })
  }
}
