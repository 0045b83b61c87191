/** `sluice topic create`: makes a topic. */
import { MAX_PARTITIONS } from '../broker/index.ts'
import { UsageError } from '../errors.ts'
import { brokerUrl, withSharedBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { countText } from './texts.ts'

export const topicCreate: Command = {
  name: 'topic create',
  positionals: ['NAME'],
  summary: 'makes a topic; one that is there already with as many partitions is left as it is',
  options: {
    partitions: { value: 'N', help: 'how many partitions; no more workers than this can share the reading' },
    broker: BROKER_OPTION,
  },
  examples: [['sluice topic create readings --partitions 4', 'make a topic with four partitions']],
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
    const isNew = await withSharedBroker(url, { checkpoint: false }, broker =>
      broker.createTopic({ name, partitions, kind: 'user' }),
    )
    const shape = `with ${countText(partitions, 'partition')} on ${url}`
    terminal.say(isNew ? `made topic "${name}" ${shape}` : `topic "${name}" is there already ${shape}`)
    return EXIT.done
  },
}
