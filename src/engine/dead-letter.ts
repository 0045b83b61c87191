/**
 * A dead letter as a record: for people in its value and headers, and in the header `element` as
 * whoever sends it back needs it, to the bit.
 */
import type { BatchBuilder, BatchCursor, Headers } from '../broker/index.ts'
import { ByteWriter, keyBytes, msgpack } from '../codec/index.ts'
import { bigintAsText, messageOf } from '../errors.ts'
import { type Context, type KeptContext, keepContext } from '../graph/index.ts'
import { type DeadLetters, type FailedElement, placeOf } from './failure.ts'

/** The header with what a retry needs. */
export const ELEMENT_HEADER = 'element'

/** What a retry needs beside the record. */
export interface ReturningElement {
  /** The number of the task that has to process it: a shard. */
  readonly task: number
  readonly context: KeptContext
  /** Whether the record's bytes are those of its source record, unchanged. */
  readonly unchanged: boolean
  /** What the step was given; a source decodes the record anew instead. */
  readonly value: unknown
}

/** A dead letter, read. */
export interface DeadLetter {
  readonly step: string
  readonly code: string
  readonly error: string
  /** As `topic/partition at offset N`; empty where the element came from no record. */
  readonly origin: string
  /** Undefined when its value could not be kept: then it cannot be retried. */
  readonly element: ReturningElement | undefined
}

const elements = msgpack<ReturningElement>()

/** Makes records of dead letters. */
export class DeadLetterBatch implements DeadLetters {
  /** The records since the last commit. */
  readonly batch: BatchBuilder

  constructor(batch: BatchBuilder) {
    this.batch = batch
  }

  add(failed: FailedElement, context: Context): void {
    writeDeadLetter(this.batch, failed, context)
  }
}

function writeDeadLetter(batch: BatchBuilder, failed: FailedElement, context: Context): void {
  const { value } = failed
  const { record } = context
  // Behind a keyBy the record may have come by another process: there it is the same on one worker.
  const unchanged = record !== undefined && value === context.sourceValue && context.key === undefined
  const key = unchanged ? record.key() : context.key === undefined ? null : keyBytes(context.key)
  const bytes = unchanged ? record.value() : Buffer.from(toJson(value))
  batch.append(key, bytes, context.timestamp, headersOf(failed, context, unchanged))
}

/** Appends the record that a retry has read to the dead letters again, with another error. */
export function writeAgain(batch: BatchBuilder, record: BatchCursor, error: string): void {
  const headers = record
    .headers()
    .map(([name, value]): Headers[number] => [name, name === 'error' ? Buffer.from(error) : value])
  batch.append(record.key(), record.value(), record.timestamp, headers)
}

/** Reads the headers of the record that the cursor stands on. */
export function readDeadLetter(record: BatchCursor): DeadLetter {
  const headers = new Map(record.headers())
  const text = (name: string): string => Buffer.from(headers.get(name) ?? []).toString()
  const bytes = headers.get(ELEMENT_HEADER)
  const element = bytes === undefined || bytes === null ? undefined : elements.decode(bytes, 0, bytes.length)
  return { step: text('step'), code: text('code'), error: text('error'), origin: text('origin'), element }
}

function headersOf(failed: FailedElement, context: Context, unchanged: boolean): Headers {
  const { error, step } = failed
  const headers: [string, Uint8Array][] = [
    ['error', Buffer.from(error.message)],
    ['code', Buffer.from(error.code)],
    ['step', Buffer.from(step)],
    ['time', Buffer.from(String(context.time))],
    ['entry-watermark', Buffer.from(String(context.entryWatermark))],
  ]
  if (context.key !== undefined) headers.push(['key', Buffer.from(toJson(context.key))])
  if (context.origin.topic !== '') headers.push(['origin', Buffer.from(placeOf(context))])
  const element = encodeElement(failed, context, unchanged)
  if (element !== undefined) headers.push([ELEMENT_HEADER, element])
  return headers
}

function encodeElement(
  { task, isSource, value }: FailedElement,
  context: Context,
  unchanged: boolean,
): Uint8Array | undefined {
  const writer = new ByteWriter(256)
  try {
    const kept = isSource ? undefined : value
    elements.encode({ task, context: keepContext(context), unchanged, value: kept }, writer)
    return writer.toBytes()
  } catch {
    // A value that cannot be kept, such as a function: people see the letter, a retry refuses it.
    return undefined
  }
}

/** JSON of anything, for people; what JSON cannot say becomes text. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, bigintAsText) ?? 'null'
  } catch (thrown) {
    return JSON.stringify(`not representable as JSON: ${messageOf(thrown)}`)
  }
}
