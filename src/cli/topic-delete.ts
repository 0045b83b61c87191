/** `sluice topic delete`: deletes a topic and its records. */
import type { Broker, TopicInfo } from '../broker/index.ts'
import { BrokerError } from '../errors.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { requireTopic } from './topic-describe.ts'
import { readersOf } from './topic-readers.ts'

export const topicDelete: Command = {
  name: 'topic delete',
  positionals: ['NAME'],
  summary: 'deletes a topic and its records, at once; refuses while an app has a position in it',
  options: {
    force: { help: 'delete it all the same; an app that reads it fails then' },
    broker: BROKER_OPTION,
  },
  examples: [['sluice topic delete readings', 'delete the topic']],
  async run(args, terminal) {
    await withExistingBroker(brokerUrl(args), async broker => {
      const topic = await requireTopic(broker, args.positional(0))
      if (!args.flag('force')) await refuseInUse(broker, topic)
      await broker.deleteTopic(topic.name)
      terminal.say(`deleted topic "${topic.name}"`)
    })
    return EXIT.done
  },
}

async function refuseInUse(broker: Broker, { name, kind }: TopicInfo): Promise<void> {
  const apps = (await readersOf(broker, name)).map(app => `"${app.name}"`).join(', ')
  if (kind === 'user' && apps === '') return
  const [why, remedy] =
    kind === 'user'
      ? [`is read by ${apps}`, 'forget them first (sluice group reset APP)']
      : [`is the ${kind} topic of an app`, 'reset that app instead (sluice group reset APP)']
  throw new BrokerError('TOPIC_IN_USE', `topic "${name}" ${why}: ${remedy}, or say --force`)
}
