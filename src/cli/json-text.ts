/** JSON of anything, for output: what JSON cannot say becomes the nearest thing that it can. */
import { describeValue } from '../errors.ts'

/**
 * One line of compact JSON; never throws. Bigints become their digits as text, bytes become
 * `{"base64": …}`, a `Map` the array of its entries, a `Set` that of its elements, `undefined` null.
 */
export function jsonText(value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value, plain)
    return text ?? 'null'
  } catch {
    // circular, or a getter that throws
    return JSON.stringify(describeValue(value))
  }
}

/** Bytes that are no text. */
export function bytesText(bytes: Uint8Array): { readonly base64: string } {
  return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') }
}

function plain(this: unknown, name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map) return [...value]
  if (value instanceof Set) return [...value]
  if (value instanceof Uint8Array) return bytesText(value)
  // a Buffer has become { type, data } already
  const original = (this as Readonly<Record<string, unknown>>)[name]
  return original instanceof Uint8Array ? bytesText(original) : value
}
