/** Opens a broker by its URL: the one switch that moves a program from memory to a file and further. */
import { UsageError } from '../errors.ts'
import type { Clock } from '../time/index.ts'
import type { Broker } from './broker.ts'
import { MemoryBroker } from './memory/memory-broker.ts'
import { SqliteBroker } from './sqlite/sqlite-broker.ts'

export interface BrokerOptions {
  /** Gives the append times and the waiting; the machine's clock by default. */
  readonly clock?: Clock
  /**
   * Whether to move what is written from the log of the file broker into its main file in the
   * background, on a thread. True by default; short-lived commands that read pass false.
   */
  readonly checkpoint?: boolean
}

const KNOWN = '"memory:" (lives in this process) and "file:PATH" (one file on disk)'

/**
 * Opens the broker that a URL names.
 *
 * `memory:` makes a new, empty broker in this process. `file:PATH` opens, or makes, the file at
 * PATH, relative to the current folder. Throws `UsageError` for any other URL, and `BrokerError`
 * when the file cannot be opened.
 *
 * ```ts
 * const broker = await openBroker('file:./.sluice')
 * ```
 */
export async function openBroker(url: string, options: BrokerOptions = {}): Promise<Broker> {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase()
  if (scheme === 'memory:' && url.length === scheme.length) return new MemoryBroker(options)
  if (scheme === 'file:' && url.length > scheme.length) return SqliteBroker.open(url, options)
  if (scheme === 'kafka:') {
    throw new UsageError(`the broker "${url}" is not part of this version, which knows ${KNOWN}`)
  }
  if (scheme === 'file:')
    throw new UsageError(`the broker "${url}" names no file; write, for example, "file:./.sluice"`)
  throw new UsageError(`"${url}" is not a broker; known are ${KNOWN}`)
}
