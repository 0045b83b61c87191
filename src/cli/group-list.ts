/** `sluice group list`: the apps that have run on a broker. */
import type { Broker } from '../broker/index.ts'
import { brokerUrl, isMissing, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT, JSON_OPTION } from './command.ts'
import { readGroupState } from './group-state.ts'
import { jsonText } from './json-text.ts'
import { numberText, tableLines } from './texts.ts'

export const groupList: Command = {
  name: 'group list',
  positionals: [],
  summary: 'lists the apps that have run, and whether they run now',
  options: { json: JSON_OPTION, broker: BROKER_OPTION },
  examples: [['sluice group list', 'each app with its lag']],
  async run(args, terminal) {
    const url = brokerUrl(args)
    if (isMissing(url)) {
      terminal.say(`there are no groups: ${url} has not been made yet`)
      return EXIT.done
    }
    await withExistingBroker(url, async broker => {
      const rows = await readRows(broker)
      if (args.flag('json')) {
        for (const row of rows) terminal.line(jsonText(row))
        return
      }
      if (rows.length === 0) return terminal.say(`no app has run on ${url} yet`)
      const cells = rows.map(row => [
        row.name,
        row.running ? `yes, process ${row.pid ?? '?'}` : 'no',
        String(row.shards ?? ''),
        numberText(row.lag),
      ])
      for (const line of tableLines(['NAME', 'RUNNING', 'SHARDS', 'LAG'], cells)) terminal.line(line)
    })
    return EXIT.done
  },
}

async function readRows(
  broker: Broker,
): Promise<
  readonly { name: string; running: boolean; pid: number | null; shards: number | null; lag: number }[]
> {
  const rows = []
  for (const name of await broker.groups()) {
    const { running, pid, shards, inputs } = await readGroupState(broker, name)
    rows.push({ name, running, pid, shards, lag: inputs.reduce((sum, input) => sum + (input.lag ?? 0), 0) })
  }
  return rows
}
