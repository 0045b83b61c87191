/** The right to change what a broker remembers of an app, which only a stopped app leaves free. */
import type { Broker, Lease } from '../broker/index.ts'
import { LeaseError } from '../errors.ts'
import type { Holder } from '../runtime/index.ts'

/** Takes the lease of an app that is not running; `before` says what it has to be stopped for. */
export async function acquireStopped(broker: Broker, name: string, before: string): Promise<Lease> {
  try {
    return await broker.acquireLease(name)
  } catch (thrown) {
    if (!(thrown instanceof LeaseError)) throw thrown
    const holder = (await broker.group(name).fact('holder')) as Holder | undefined
    const who = holder === undefined ? '' : `, by process ${holder.pid}`
    throw new LeaseError(`app "${name}" is running${who}: stop it before ${before}`, { cause: thrown })
  }
}
