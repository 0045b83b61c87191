/**
 * A record as a line of JSON.
 *
 * A value that is JSON stands there as it was written, without the white space between its parts: no
 * number loses digits on the way.
 */
import type { BatchCursor, Headers, TopicKind } from '../broker/index.ts'
import { msgpack } from '../codec/index.ts'
import { ChunkReader } from '../engine/index.ts'
import { newContext } from '../graph/index.ts'
import { bytesText, jsonText } from './json-text.ts'

const internal = msgpack<unknown>()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `{topic, partition, offset, timestamp, key, value, headers}`. */
export function recordJson(topic: string, kind: TopicKind, partition: number, cursor: BatchCursor): string {
  const key = kind === 'user' ? keyJson(cursor.key()) : internalJson(cursor.key())
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${cursor.offset},` +
    `"timestamp":${cursor.timestamp},"key":${key},"value":${valueJson(kind, cursor)},` +
    `"headers":${headersJson(cursor.headers())}}`
  )
}

/** The value alone. */
export function valueJson(kind: TopicKind, cursor: BatchCursor): string {
  if (kind === 'repartition') return chunkJson(cursor.value())
  if (kind !== 'user') return internalJson(cursor.value())
  if (cursor.valueStart < 0) return 'null'
  const bytes = cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)
  const text = textOf(bytes)
  if (text === undefined) return jsonText(bytesText(bytes))
  return isJson(text) ? compact(text) : JSON.stringify(text)
}

/** The key of a user's record is text, whatever it looks like. */
function keyJson(key: Uint8Array | null): string {
  if (key === null) return 'null'
  const text = textOf(key)
  return text === undefined ? jsonText(bytesText(key)) : JSON.stringify(text)
}

/** What sluice writes for itself. */
function internalJson(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null'
  try {
    return jsonText(internal.decode(bytes, 0, bytes.length))
  } catch {
    return jsonText(bytesText(bytes))
  }
}

/** What travels between the tasks of an app: the rows of one channel, and how far it has come. */
function chunkJson(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null'
  try {
    const chunk = new ChunkReader(bytes, 0, bytes.length)
    const { kind, channel, mark } = chunk
    const rows: unknown[] = []
    const context = newContext()
    while (chunk.hasNext) {
      if (kind === 'partials') rows.push({ ...chunk.nextPartial(context), key: context.key })
      else rows.push({ value: chunk.nextElement(context), key: context.key, time: context.time })
    }
    return jsonText({ channel, ...mark, [kind]: rows })
  } catch {
    return jsonText(bytesText(bytes))
  }
}

function headersJson(headers: Headers): string {
  if (headers.length === 0) return '{}'
  const values = new Map<string, unknown>()
  for (const [name, bytes] of headers) {
    const value = bytes === null ? null : (textOf(bytes) ?? bytesText(bytes))
    const known = values.get(name)
    if (!values.has(name)) values.set(name, value)
    else values.set(name, Array.isArray(known) ? [...(known as unknown[]), value] : [known, value])
  }
  return jsonText(Object.fromEntries(values))
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Valid JSON without the white space outside of its strings. */
function compact(json: string): string {
  return /[ \t\r\n]/.test(json) ? json.replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/g, '$1') : json
}
