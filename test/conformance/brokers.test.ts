/** Both embedded brokers keep the same promises. */
import { type Broker, MemoryBroker, openBroker } from '../../src/broker/index.ts'
import { brokerConformance, type OpenBroker } from '../../src/testing/broker-conformance.ts'
import { temporaryFolder } from '../broker/temporary-folder.ts'
import { BROKERS } from './guarantees.ts'

const brokers: Readonly<Record<string, OpenBroker>> = {
  'memory:': async (_t, clock) => {
    const broker = new MemoryBroker(clock === undefined ? {} : { clock })
    const reopen = async (): Promise<Broker> => {
      await broker.close()
      return broker
    }
    return { broker, another: async () => broker, reopen }
  },
  'file:': async (t, clock) => {
    const url = `file:${temporaryFolder()}/broker`
    const another = async (): Promise<Broker> => {
      const opened = await openBroker(url, clock === undefined ? {} : { clock })
      t.after(() => opened.close())
      return opened
    }
    const broker = await another()
    const reopen = async (): Promise<Broker> => {
      await broker.close()
      return another()
    }
    return { broker, another, reopen }
  },
}

for (const guarantees of BROKERS) {
  const open = brokers[guarantees.name]
  if (open === undefined)
    throw new Error(`the table of guarantees has "${guarantees.name}", which no suite covers`)
  brokerConformance(guarantees, open)
}
