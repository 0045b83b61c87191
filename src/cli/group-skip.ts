/** `sluice group skip`: lets an app go on whose next records have been removed. */
import type { Broker, Group, InputPosition } from '../broker/index.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { requireGroup } from './group-describe.ts'
import { acquireStopped } from './group-lease.ts'
import { countText } from './texts.ts'

export const groupSkip: Command = {
  name: 'group skip',
  positionals: ['NAME'],
  summary: 'lets an app go on without records that were removed before it read them; it must be stopped',
  details: [
    'Only positions before the first record that is left move, to that record. State stays as it is.',
  ],
  options: { broker: BROKER_OPTION },
  examples: [['sluice group skip sensor-sums', 'go on with what the retention of its topics has left']],
  async run(args, terminal) {
    const name = args.positional(0)
    await withExistingBroker(brokerUrl(args), async broker => {
      await requireGroup(broker, name)
      const lease = await acquireStopped(broker, name, 'it can skip')
      try {
        const lost = await lostInputs(broker, broker.group(name))
        if (lost.length > 0) await moveOn(broker.group(name), lost)
        for (const { input, start } of lost) {
          terminal.say(
            `topic "${input.topic}", partition ${input.partition}: skipped ${countText(start - input.next, 'offset')}, goes on at ${start}`,
          )
        }
        if (lost.length === 0) terminal.say(`app "${name}" has missed nothing: no position was moved`)
      } finally {
        await lease.release()
      }
    })
    return EXIT.done
  },
}

interface LostInput {
  readonly input: InputPosition
  /** The first offset that is left. */
  readonly start: number
}

async function lostInputs(broker: Broker, group: Group): Promise<readonly LostInput[]> {
  const lost: LostInput[] = []
  for (const input of await group.positions()) {
    if (input.topic === undefined || (await broker.topic(input.topic)) === undefined) continue
    const start = (await broker.partitions(input.topic))[input.partition]?.start ?? 0
    if (input.next < start) lost.push({ input, start })
  }
  return lost
}

async function moveOn(group: Group, lost: readonly LostInput[]): Promise<void> {
  const claimed = await group.claim(lost.map(({ input, start }) => ({ ...input, initial: start })))
  const inputs = claimed.map((input, index) => ({
    ...input,
    from: input.next,
    next: lost[index]?.start ?? input.next,
  }))
  await group.commit({ inputs, appends: [], purges: [] })
}
