/** The function of a `peek`: calls, waits if need be, and gives the element back. */
export function passOn<T>(fn: (value: T) => unknown): (value: T) => T | Promise<T> {
  return value => {
    const result = fn(value)
    return result instanceof Promise ? result.then(() => value) : value
  }
}
