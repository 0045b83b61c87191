/** `sluice topic create`: makes a topic. */
import { hasRules, MAX_PARTITIONS, rulesOf } from '../broker/index.ts'
import { UsageError } from '../errors.ts'
import { brokerUrl, withSharedBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { countText } from './texts.ts'
import { RULE_OPTIONS, rulesFrom, rulesText } from './topic-rules.ts'

export const topicCreate: Command = {
  name: 'topic create',
  positionals: ['NAME'],
  summary: 'makes a topic; one that is there already with as many partitions is left as it is',
  options: {
    partitions: { value: 'N', help: 'how many partitions; no more workers than this can share the reading' },
    ...RULE_OPTIONS,
    broker: BROKER_OPTION,
  },
  examples: [
    ['sluice topic create readings --partitions 4', 'make a topic with four partitions'],
    ['sluice topic create readings --partitions 4 --retention 7d', 'the same, and keep records for a week'],
    ['sluice topic create settings --partitions 1 --compact', 'keep the last record of each key'],
  ],
  async run(args, terminal) {
    const name = args.positional(0)
    const partitions = args.wholeNumber('partitions', 1)
    if (partitions === undefined) {
      throw new UsageError(`say how many partitions: sluice topic create ${name} --partitions 4`)
    }
    if (partitions > MAX_PARTITIONS) {
      throw new UsageError(`--partitions is ${partitions}; at most ${MAX_PARTITIONS} are allowed`)
    }
    const url = brokerUrl(args)
    const rules = rulesFrom(args)
    await withSharedBroker(url, { checkpoint: false }, async broker => {
      const isNew = await broker.createTopic({ name, partitions, kind: 'user', ...rules })
      const kept = rulesText((await broker.topic(name)) ?? {})
      const shape = `with ${countText(partitions, 'partition')} on ${url}${kept === undefined ? '' : `; it ${kept}`}`
      terminal.say(isNew ? `made topic "${name}" ${shape}` : `topic "${name}" is there already ${shape}`)
      if (!isNew && hasRules(rulesOf(rules)) && kept !== rulesText(rules))
        terminal.say(`what it keeps was left as it is; change it with "sluice topic alter ${name}"`)
    })
    return EXIT.done
  },
}
