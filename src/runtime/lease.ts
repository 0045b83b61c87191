/** The right to run an app: one process at a time, told apart by name when it is refused. */
import type { Broker, Group } from '../broker/index.ts'
import { LeaseError } from '../errors.ts'

/** Who holds a lease: stored so that others can name it, and end what it left running. */
export interface Holder {
  readonly pid: number
  readonly workers: readonly WorkerProcess[]
}

/** A worker process, so that it can be told from another one with the same pid. */
export interface WorkerProcess {
  readonly pid: number
  /** When it started, as the system counts; a pid may have been given to another process since. */
  readonly startedAt: string
}

/** Runs `body` while holding the lease of an app. Throws `LeaseError` that names the holder's pid. */
export async function withLease<T>(
  broker: Broker,
  app: string,
  body: (group: Group, lastHolder: Holder | undefined) => Promise<T>,
): Promise<T> {
  const group = broker.group(app)
  const lease = await broker.acquireLease(app).catch(async (thrown: unknown) => {
    if (!(thrown instanceof LeaseError)) throw thrown
    const holder = (await group.fact('holder')) as Holder | undefined
    throw new LeaseError(
      `app "${app}" is running already on ${broker.url}${holder === undefined ? '' : `, by process ${holder.pid}`}: stop that one first`,
      { cause: thrown },
    )
  })
  try {
    const last = (await group.fact('holder')) as Holder | undefined
    await group.setFact('holder', { pid: process.pid, workers: [] } satisfies Holder)
    return await body(group, last)
  } finally {
    await lease.release()
  }
}
