/** Which broker a command works on. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Broker, type BrokerOptions, openBroker } from '../broker/index.ts'
import { BrokerError, UsageError } from '../errors.ts'
import type { Arguments } from './arguments.ts'

/** Where topics are unless `--broker` or `SLUICE_BROKER` says otherwise. */
export const DEFAULT_BROKER_URL = 'file:./.sluice'

/** `--broker` beats `SLUICE_BROKER` beats the default. */
export function brokerUrl(args: Arguments): string {
  const fromEnvironment = process.env['SLUICE_BROKER']
  return args.text('broker') ?? (fromEnvironment === '' ? undefined : fromEnvironment) ?? DEFAULT_BROKER_URL
}

/** Whether the broker has nothing to look at because its file has not been made yet. */
export function isMissing(url: string): boolean {
  return url.startsWith('file:') && url.length > 5 && !existsSync(resolve(url.slice(5)))
}

/** Works on a broker, which is made where it is missing, and closes it. */
export async function withBroker<T>(
  url: string,
  options: BrokerOptions,
  work: (broker: Broker) => Promise<T>,
): Promise<T> {
  const broker = await openBroker(url, options)
  try {
    return await work(broker)
  } finally {
    await broker.close()
  }
}

/** Works on a broker that other commands can see, so not on `memory:`. */
export async function withSharedBroker<T>(
  url: string,
  options: BrokerOptions,
  work: (broker: Broker) => Promise<T>,
): Promise<T> {
  return withBroker(url, options, broker => {
    if (broker.shared) return work(broker)
    throw new UsageError(
      `the broker "${url}" ends with the process that opened it, so there is nothing in it; use file:PATH`,
    )
  })
}

/** Looks at a broker that must be there already. */
export async function withExistingBroker<T>(url: string, work: (broker: Broker) => Promise<T>): Promise<T> {
  if (isMissing(url)) {
    throw new BrokerError(
      'BROKER_UNAVAILABLE',
      `there is no broker ${url} yet: "sluice topic create NAME --partitions N" makes it; or name another one with --broker`,
    )
  }
  return withSharedBroker(url, { checkpoint: false }, work)
}
