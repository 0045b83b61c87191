/** `sluice topic list`: the topics of a broker. */
import type { Broker, TopicInfo } from '../broker/index.ts'
import { brokerUrl, isMissing, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT, JSON_OPTION } from './command.ts'
import { jsonText } from './json-text.ts'
import type { Terminal } from './terminal.ts'
import { sizeText, tableLines } from './texts.ts'

export const topicList: Command = {
  name: 'topic list',
  positionals: [],
  summary: 'lists the topics',
  options: {
    all: { help: 'also the topics in which apps keep what they must remember' },
    json: JSON_OPTION,
    broker: BROKER_OPTION,
  },
  examples: [['sluice topic list --all', 'all topics, internal ones too']],
  async run(args, terminal) {
    const url = brokerUrl(args)
    if (isMissing(url)) {
      terminal.say(`there are no topics: ${url} has not been made yet ("sluice topic create" makes it)`)
      return EXIT.done
    }
    await withExistingBroker(url, async broker => {
      const topics = (await broker.topics()).filter(topic => args.flag('all') || topic.kind === 'user')
      const rows = await Promise.all(topics.map(topic => describe(broker, topic)))
      if (args.flag('json')) for (const row of rows) terminal.line(jsonText(row))
      else printTable(rows, terminal)
      if (rows.length === 0) terminal.say(`there are no topics on ${url}`)
    })
    return EXIT.done
  },
}

interface Row extends TopicInfo {
  readonly records: number
  readonly bytes: number
}

async function describe(broker: Broker, topic: TopicInfo): Promise<Row> {
  const partitions = await broker.partitions(topic.name)
  return {
    ...topic,
    records: partitions.reduce((sum, { start, end }) => sum + end - start, 0),
    bytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function printTable(rows: readonly Row[], terminal: Terminal): void {
  if (rows.length === 0) return
  const hasKinds = rows.some(row => row.kind !== 'user')
  const names = ['NAME', 'PARTITIONS', 'RECORDS', 'SIZE', ...(hasKinds ? ['KIND'] : [])]
  const cells = rows.map(row => [
    row.name,
    row.partitions,
    row.records,
    sizeText(row.bytes),
    ...(hasKinds ? [row.kind] : []),
  ])
  for (const line of tableLines(names, cells)) terminal.line(line)
}
