/** `sluice topic alter`: changes what may be removed from a topic. */
import { UsageError } from '../errors.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { requireTopic } from './topic-describe.ts'
import { RULE_OPTIONS, rulesFrom, rulesText } from './topic-rules.ts'

const OPTIONS = {
  ...RULE_OPTIONS,
  'no-retention-force': { help: 'records stay until every app has read them' },
  'no-compact': { help: 'all records of a key are kept from now on' },
}

export const topicAlter: Command = {
  name: 'topic alter',
  positionals: ['NAME'],
  summary: 'changes what may be removed from a topic; "none" takes a limit away, what is not named stays',
  details: ['Removing happens a little at a time, while anybody appends to the broker.'],
  options: { ...OPTIONS, broker: BROKER_OPTION },
  examples: [
    [
      'sluice topic alter readings --retention 7d --retention-bytes 1GB',
      'keep a week, and a gigabyte at most',
    ],
    ['sluice topic alter readings --retention none', 'keep records however old they are'],
  ],
  async run(args, terminal) {
    if (!Object.keys(OPTIONS).some(name => args.flag(name))) {
      const known = Object.keys(OPTIONS).map(name => `--${name}`)
      throw new UsageError(`say what to change: ${known.join(', ')}`)
    }
    await withExistingBroker(brokerUrl(args), async broker => {
      const topic = await requireTopic(broker, args.positional(0))
      const rules = rulesFrom(args, topic)
      await broker.alterTopic(topic.name, rules)
      terminal.say(`topic "${topic.name}" ${rulesText(rules) ?? 'keeps everything'}`)
    })
    return EXIT.done
  },
}
