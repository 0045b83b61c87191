/** `sluice topic describe`: one topic, partition by partition. */
import type { Broker, TopicInfo } from '../broker/index.ts'
import { BrokerError } from '../errors.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { jsonText } from './json-text.ts'
import { countText, sizeText, tableLines } from './texts.ts'

export const topicDescribe: Command = {
  name: 'topic describe',
  positionals: ['NAME'],
  summary: 'shows the partitions of a topic: offsets, records, size',
  options: { json: { help: 'print one JSON object instead of a table' }, broker: BROKER_OPTION },
  examples: [['sluice topic describe readings', 'where each partition begins and ends']],
  async run(args, terminal) {
    await withExistingBroker(brokerUrl(args), async broker => {
      const topic = await requireTopic(broker, args.positional(0))
      const partitions = (await broker.partitions(topic.name)).map((bounds, partition) => ({
        partition,
        ...bounds,
        records: bounds.end - bounds.start,
      }))
      if (args.flag('json')) {
        const { name, kind } = topic
        return terminal.line(jsonText({ name, kind, partitions }))
      }
      terminal.line(`${topic.name}: ${topic.kind} topic with ${countText(topic.partitions, 'partition')}`)
      const rows = partitions.map(({ partition, start, end, records, bytes }) => [
        partition,
        start,
        end,
        records,
        sizeText(bytes),
      ])
      for (const line of tableLines(['PARTITION', 'START', 'END', 'RECORDS', 'SIZE'], rows))
        terminal.line(line)
    })
    return EXIT.done
  },
}

/** The topic, which must be there. */
export async function requireTopic(broker: Broker, name: string): Promise<TopicInfo> {
  const topic = await broker.topic(name)
  if (topic !== undefined) return topic
  throw new BrokerError(
    'TOPIC_UNKNOWN',
    `topic "${name}" does not exist on ${broker.url}; see "sluice topic list", or make it: sluice topic create ${name} --partitions N`,
  )
}
