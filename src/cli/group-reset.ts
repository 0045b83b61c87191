/** `sluice group reset`: lets an app begin anew. */
import { ownTopics } from '../runtime/index.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { requireGroup } from './group-describe.ts'
import { acquireStopped } from './group-lease.ts'
import { countText } from './texts.ts'

export const groupReset: Command = {
  name: 'group reset',
  positionals: ['NAME'],
  summary: 'forgets what an app has done: positions, state and its internal topics; it must be stopped',
  details: ['What it wrote to its output topics stays there, and is written again by the next run.'],
  options: { broker: BROKER_OPTION },
  examples: [['sluice group reset sensor-sums', 'the next run begins anew']],
  async run(args, terminal) {
    const name = args.positional(0)
    await withExistingBroker(brokerUrl(args), async broker => {
      await requireGroup(broker, name)
      const lease = await acquireStopped(broker, name, 'the reset')
      try {
        const topics = ownTopics(name, await broker.topics(), await broker.groups())
        for (const topic of topics) await broker.deleteTopic(topic.name)
        await broker.group(name).remove()
        terminal.say(
          `reset app "${name}": forgot its positions and state, deleted ${countText(topics.length, 'internal topic')}`,
        )
      } finally {
        await lease.release()
      }
    })
    return EXIT.done
  },
}
