/** Both embedded brokers keep the same promises. */
import { type Broker, MemoryBroker, openBroker } from '../../src/broker/index.ts'
import { type BrokerUnderTest, brokerConformance } from '../../src/testing/broker-conformance.ts'
import { temporaryFolder } from './temporary-folder.ts'

brokerConformance('memory', async (_t, clock) => {
  const broker = new MemoryBroker(clock === undefined ? {} : { clock })
  const reopen = async (): Promise<Broker> => {
    await broker.close()
    return broker
  }
  return { broker, another: async () => broker, reopen }
})

brokerConformance('file', async (t, clock): Promise<BrokerUnderTest> => {
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
})
