/** `sluice topic describe`: one topic, partition by partition. */
import type { Broker, TopicInfo } from '../broker/index.ts'
import { BrokerError } from '../errors.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { jsonText } from './json-text.ts'
import { countText, numberText, sizeText, tableLines } from './texts.ts'
import { readersOf } from './topic-readers.ts'
import { rulesText } from './topic-rules.ts'

export const topicDescribe: Command = {
  name: 'topic describe',
  positionals: ['NAME'],
  summary:
    'shows a topic: what it keeps, which apps read it, and offsets, records and size of each partition',
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
      const apps = await readersOf(broker, topic.name)
      if (args.flag('json')) {
        return terminal.line(jsonText({ ...topic, apps, partitions }))
      }
      const rules = rulesText(topic)
      const shape = `${topic.kind} topic with ${countText(topic.partitions, 'partition')}`
      terminal.line(`${topic.name}: ${shape}${rules === undefined ? '' : `; ${rules}`}`)
      const readers = apps.map(
        ({ name, lag }) => `${name} (${lag === 0 ? 'to the end' : `${numberText(lag)} behind`})`,
      )
      if (readers.length > 0) terminal.line(`read by ${readers.join(', ')}`)
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
