/** `sluice group describe`: where one app stands. */
import type { Broker } from '../broker/index.ts'
import { BrokerError } from '../errors.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { type GroupState, readGroupState } from './group-state.ts'
import { jsonText } from './json-text.ts'
import type { Terminal } from './terminal.ts'
import { countText, numberText, tableLines, timeText } from './texts.ts'

export const groupDescribe: Command = {
  name: 'group describe',
  positionals: ['NAME'],
  summary: 'shows where an app stands: positions and lag, by step and partition',
  options: { json: { help: 'print one JSON object instead of a table' }, broker: BROKER_OPTION },
  examples: [['sluice group describe sensor-sums', 'positions, lag, and whether it runs']],
  async run(args, terminal) {
    await withExistingBroker(brokerUrl(args), async broker => {
      await requireGroup(broker, args.positional(0))
      const state = await readGroupState(broker, args.positional(0))
      if (args.flag('json')) terminal.line(jsonText(state))
      else printState(state, terminal)
    })
    return EXIT.done
  },
}

/** Throws unless an app of this name has run. */
export async function requireGroup(broker: Broker, name: string): Promise<void> {
  const groups = await broker.groups()
  if (groups.includes(name)) return
  const known = groups.length === 0 ? 'none has run yet' : `known are ${groups.join(', ')}`
  throw new BrokerError('BROKER_UNAVAILABLE', `no app "${name}" has run on ${broker.url}; ${known}`)
}

function printState(group: GroupState, terminal: Terminal): void {
  const running = group.running ? `running as process ${group.pid ?? '?'}` : 'not running'
  const paused = group.pausedSince === null ? '' : `, paused since ${timeText(group.pausedSince)}`
  const shards = group.shards === null ? '' : `, ${countText(group.shards, 'shard')}`
  terminal.line(`${group.name}: ${running}${paused}${shards}, ${countText(group.runs, 'run')}`)
  const rows = group.inputs.map(input => [
    input.step,
    input.partition,
    input.topic ?? '(gone)',
    input.position,
    numberOrNothing(input.end),
    numberOrNothing(input.lag),
    input.epoch,
  ])
  const names = ['STEP', 'PARTITION', 'TOPIC', 'POSITION', 'END', 'LAG', 'EPOCH']
  for (const line of tableLines(names, rows)) terminal.line(line)
}

function numberOrNothing(value: number | null): string {
  return value === null ? '–' : numberText(value)
}
