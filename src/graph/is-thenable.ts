/** Whether a user's function gave something to wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  // Numbers are told first, as they are quickest to tell; `then` is read, since asking by `in` costs more.
  return (
    typeof value !== 'number' &&
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
