/**
 * What a user's function threw, on its way to another thread or process.
 *
 * Copying an error as it is would lose its name, its fields and the causes behind some of them; here all
 * of it arrives: name, message, stack, causes, the errors of an `AggregateError`, and fields such as `code`.
 */

/** Causes behind causes are kept so deep; a chain may even be a circle. */
const MAX_DEPTH = 8

/** Something thrown, as data that can be copied. */
export type Thrown =
  | {
      readonly kind: 'error'
      readonly name: string
      readonly message: string
      readonly stack: string | undefined
      readonly cause: Thrown | undefined
      readonly errors: readonly Thrown[] | undefined
      /** What else the error carries, as far as it can be copied. */
      readonly fields: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'value'; readonly value: unknown }

/** The errors that are told apart by their class and not by a field. */
const CLASSES: Readonly<Record<string, new (message: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}
const OWN_FIELDS: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors'])

/** Describes what was thrown; `copy` throws for a value that cannot be copied, which is then left out. */
export function describeThrown(thrown: unknown, copy: (value: unknown) => unknown, depth = 0): Thrown {
  if (!(thrown instanceof Error)) {
    return { kind: 'value', value: isCopyable(thrown, copy) ? thrown : String(thrown) }
  }
  const deeper = (inner: unknown): Thrown => describeThrown(inner, copy, depth + 1)
  return {
    kind: 'error',
    name: thrown.name,
    message: thrown.message,
    stack: thrown.stack,
    cause: thrown.cause === undefined || depth >= MAX_DEPTH ? undefined : deeper(thrown.cause),
    errors: thrown instanceof AggregateError && depth < MAX_DEPTH ? thrown.errors.map(deeper) : undefined,
    fields: Object.fromEntries(
      Object.entries(thrown).filter(([name, value]) => !OWN_FIELDS.has(name) && isCopyable(value, copy)),
    ),
  }
}

/** Makes it again: an error of the same name, message and stack, or the very value. */
export function restoreThrown(thrown: Thrown): unknown {
  if (thrown.kind === 'value') return thrown.value
  const error =
    thrown.errors === undefined
      ? new (CLASSES[thrown.name] ?? Error)(thrown.message)
      : new AggregateError(thrown.errors.map(restoreThrown), thrown.message)
  if (error.name !== thrown.name) define(error, 'name', thrown.name)
  if (thrown.cause !== undefined) define(error, 'cause', restoreThrown(thrown.cause))
  define(error, 'stack', thrown.stack)
  return Object.assign(error, thrown.fields)
}

/** As the language has them: there, but not listed among the fields. */
function define(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false })
}

function isCopyable(value: unknown, copy: (value: unknown) => unknown): boolean {
  try {
    copy(value)
    return true
  } catch {
    return false
  }
}
