/** The right to run an app: one process at a time, named when it is refused. */
import type { Broker, Group } from '../broker/index.ts'
import { LeaseError } from '../errors.ts'
import type { Clock } from '../time/index.ts'
import { killProcess, type ProcessIdentity } from './process-identity.ts'

/** Who holds a lease: stored, so that others can name it and end the workers that it left behind. */
export interface Holder {
  readonly pid: number
  readonly workers: readonly ProcessIdentity[]
}

/**
 * Runs `body` while holding the lease of an app. Workers that a killed holder left behind are killed
 * first: one that is stopped inside a transaction would block the file. Throws `LeaseError` that
 * names the holder's pid.
 */
export async function withLease<T>(
  broker: Broker,
  app: string,
  clock: Clock,
  body: (group: Group) => Promise<T>,
): Promise<T> {
  const group = broker.group(app)
  const lease = await broker.acquireLease(app).catch(async (thrown: unknown) => {
    throw thrown instanceof LeaseError ? heldBy(broker, app, await readHolder(group), thrown) : thrown
  })
  try {
    for (const worker of (await readHolder(group))?.workers ?? []) await killProcess(worker, clock)
    await writeHolder(group, [])
    return await body(group)
  } finally {
    await lease.release()
  }
}

/** Stores who holds the lease: this process, with these workers. */
export async function writeHolder(group: Group, workers: readonly ProcessIdentity[]): Promise<void> {
  await group.setFact('holder', { pid: process.pid, workers } satisfies Holder)
}

async function readHolder(group: Group): Promise<Holder | undefined> {
  return (await group.fact('holder')) as Holder | undefined
}

function heldBy(broker: Broker, app: string, holder: Holder | undefined, cause: LeaseError): LeaseError {
  const by = holder === undefined ? '' : `, by process ${holder.pid}`
  return new LeaseError(`app "${app}" is running already on ${broker.url}${by}: stop that one first`, {
    cause,
  })
}
