/**
 * JSON that loses nothing of what state can hold.
 *
 * What JSON can say stands as it is. Everything else is an object with one name that begins with "$":
 * `{"$number": "NaN"}` (also infinities and -0), `{"$bigint": "12"}`, `{"$bytes": "base64"}`,
 * `{"$date": "2024-01-31T12:00:00.000Z"}`, `{"$map": [[key, value], …]}`, `{"$set": […]}`, `{"$undefined": true}`;
 * and `{"$object": [[name, value], …]}` for an object with such a name of its own.
 */
import { isKey, type Key } from '../codec/index.ts'
import { describeValue, UsageError } from '../errors.ts'

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

/** A value as what `JSON.stringify` can write. */
export function toTypedJson(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return { $bigint: String(value) }
    case 'undefined':
      return { $undefined: true }
    case 'number':
      if (Object.is(value, -0)) return { $number: '-0' }
      return Number.isFinite(value) ? value : { $number: String(value) }
    case 'object':
      return value === null ? null : objectToJson(value)
    default:
      return value
  }
}

/** The value that `toTypedJson` gave this for. Throws `USAGE` for what it gives for none. */
export function fromTypedJson(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(fromTypedJson)
  const entries = Object.entries(json)
  const [name, value] = entries[0] ?? []
  if (name?.startsWith('$') !== true || entries.length !== 1) {
    return Object.fromEntries(entries.map(([each, part]) => [each, fromTypedJson(part)]))
  }
  return specialOf(name, value)
}

/** A key: JSON whose type counts, `1` and `"1"` being two keys; text that is no JSON is a string. */
export function keyFromText(text: string): Key {
  const value = fromTypedJson(jsonOrText(text))
  // Namespaces may be numbers that no key is.
  if (typeof value === 'number' || isKey(value)) return value
  throw new UsageError(
    `${text} is no key: a string, number, boolean, {"$bigint": "…"} or an array of these; "1" in quotes is text, 1 a number`,
  )
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function objectToJson(value: object): unknown {
  if (Array.isArray(value)) return value.map(toTypedJson)
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return { $date: value.toISOString() }
  if (value instanceof Map) return { $map: pairsToJson([...value]) }
  if (value instanceof Set) return { $set: [...value].map(toTypedJson) }
  const entries = Object.entries(value)
  if (entries.some(([name]) => name.startsWith('$'))) return { $object: pairsToJson(entries) }
  return Object.fromEntries(entries.map(([name, part]) => [name, toTypedJson(part)]))
}

function pairsToJson(pairs: readonly (readonly [unknown, unknown])[]): unknown {
  return pairs.map(([name, part]) => [toTypedJson(name), toTypedJson(part)])
}

function specialOf(name: string, value: unknown): unknown {
  const wrong = (): UsageError =>
    new UsageError(`{"${name}": ${describeValue(value)}} is not a value as "sluice state export" writes them`)
  const list = (): readonly unknown[] => {
    if (Array.isArray(value)) return value.map(fromTypedJson)
    throw wrong()
  }
  const pairs = (): [unknown, unknown][] =>
    list().map(pair => {
      if (Array.isArray(pair) && pair.length === 2) return [pair[0], pair[1]]
      throw wrong()
    })
  const text = (): string => {
    if (typeof value === 'string') return value
    throw wrong()
  }
  switch (name) {
    case '$undefined':
      return undefined
    case '$number': {
      const number = NUMBERS.get(text())
      if (number === undefined) throw wrong()
      return number
    }
    case '$bigint':
      if (!/^-?\d+$/.test(text())) throw wrong()
      return BigInt(text())
    case '$bytes':
      return new Uint8Array(Buffer.from(text(), 'base64'))
    case '$date': {
      const date = new Date(text())
      if (Number.isNaN(date.getTime())) throw wrong()
      return date
    }
    case '$map':
      return new Map(pairs())
    case '$set':
      return new Set(list())
    case '$object':
      return Object.fromEntries(pairs().map(([each, part]) => [String(each), part]))
    default:
      throw wrong()
  }
}
