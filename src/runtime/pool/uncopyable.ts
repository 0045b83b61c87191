/** Says which part of a value cannot be copied to another thread or process. */
import { describeValue, messageOf } from '../../errors.ts'

/** Deeper parts are not looked at: the part above them is named. */
const MAX_DEPTH = 6

/**
 * The innermost part of `value` that cannot be copied, as `.handlers[0] is a function`; `copy` is what
 * refused the value, and throws.
 */
export function describeUncopyable(value: unknown, copy: (value: unknown) => unknown): string {
  const { path, part, reason } = innermost(value, copy, MAX_DEPTH)
  const subject = path === '' ? 'it' : path
  return `${subject} is ${describePart(part)} (${reason}); send data: plain objects, arrays, maps, sets, dates and typed arrays`
}

interface Found {
  readonly path: string
  readonly part: unknown
  readonly reason: string
}

function innermost(value: unknown, copy: (value: unknown) => unknown, depth: number): Found {
  const reason = refusal(value, copy) ?? 'it cannot be copied'
  if (depth === 0) return { path: '', part: value, reason }
  for (const [step, part] of partsOf(value)) {
    if (refusal(part, copy) === undefined) continue
    const inner = innermost(part, copy, depth - 1)
    return { ...inner, path: `${step}${inner.path}` }
  }
  return { path: '', part: value, reason }
}

function refusal(value: unknown, copy: (value: unknown) => unknown): string | undefined {
  try {
    copy(value)
    return undefined
  } catch (thrown) {
    // A function's message is its whole source.
    return messageOf(thrown).replace(/\s+/g, ' ').slice(-80)
  }
}

function partsOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.map((part: unknown, index) => [`[${index}]`, part])
  if (value instanceof Map) {
    return [...value].flatMap(([key, part]) => [
      [' (a key of the map)', key] as const,
      [`.get(${describeValue(key)})`, part] as const,
    ])
  }
  if (value instanceof Set) return [...value].map(part => [' (a member of the set)', part])
  try {
    return Object.entries(value).map(([name, part]) => [`.${name}`, part])
  } catch {
    // A getter or proxy that throws: the object itself is to blame.
    return []
  }
}

function describePart(part: unknown): string {
  if (typeof part === 'function') return 'a function'
  if (typeof part === 'symbol') return 'a symbol'
  return Object.prototype.toString.call(part)
}
