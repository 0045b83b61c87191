/** The sinks of `print` and `toArray`: what they took becomes visible with the commit. */
import type { Sink, SinkHost } from '../connect/index.ts'

/** Publishes what was written since the last commit as `print` events, just before the commit: at least once. */
export function printSink(host: SinkHost): Sink<unknown> {
  let values: unknown[] = []
  return {
    write: value => {
      values.push(value)
    },
    prepare: () => {
      for (const value of values) host.publish({ type: 'print', step: host.step, value })
      values = []
      return host.delivered()
    },
    commit: () => undefined,
    close: () => undefined,
  }
}

/** Collects what was committed into `array`: exactly once, as long as the process lives. */
export function arraySink(array: unknown[]): () => Sink<unknown> {
  return () => {
    let values: unknown[] = []
    return {
      write: value => {
        values.push(value)
      },
      prepare: () => undefined,
      commit: () => {
        array.push(...values)
        values = []
        return undefined
      },
      close: () => undefined,
    }
  }
}
