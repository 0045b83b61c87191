/** `sluice dead-letters show`: everything that is known of one dead letter. */
import { BrokerError, UsageError } from '../errors.ts'
import { DeadLetterBox, type OpenLetter } from '../runtime/index.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { letterJson } from './dead-letters-list.ts'
import { requireGroup } from './group-describe.ts'
import { jsonText } from './json-text.ts'
import { valueJson } from './record-json.ts'
import type { Terminal } from './terminal.ts'
import { timeText } from './texts.ts'

export const deadLettersShow: Command = {
  name: 'dead-letters show',
  positionals: ['APP', 'PARTITION/OFFSET'],
  summary: 'shows one dead letter: error, headers, and value',
  options: { json: { help: 'print one JSON object' }, broker: BROKER_OPTION },
  examples: [['sluice dead-letters show orders 0/17', 'the one that "list" calls 0/17']],
  async run(args, terminal) {
    const app = args.positional(0)
    const place = args.positional(1)
    const match = /^(\d+)\/(\d+)$/.exec(place)
    if (match === null) {
      throw new UsageError(
        `${JSON.stringify(place)} is no PARTITION/OFFSET, such as 0/17; "sluice dead-letters list ${app} --limit 20" shows them`,
      )
    }
    const partition = Number(match[1])
    const from = Number(match[2])
    await withExistingBroker(brokerUrl(args), async broker => {
      await requireGroup(broker, app)
      for await (const letter of new DeadLetterBox(broker, app).letters({ partition, from, to: from + 1 })) {
        if (args.flag('json')) terminal.line(letterJson(letter))
        else print(letter, terminal)
        return
      }
      throw new BrokerError(
        'OFFSET_OUT_OF_RANGE',
        `app "${app}" has no dead letter ${place}: it was sent back or dropped, or never was`,
      )
    })
    return EXIT.done
  },
}

function print(letter: OpenLetter, terminal: Terminal): void {
  const { record, element } = letter
  terminal.line(letter.error)
  const lines: (readonly [string, string])[] = [
    ['step', letter.step],
    ['code', letter.code],
    ['origin', letter.origin === '' ? '(none)' : letter.origin],
    ['timestamp', timeText(record.timestamp)],
  ]
  if (element !== undefined) {
    const { time, entryWatermark, key } = element.context
    lines.push(['time', timeText(time)])
    lines.push(['entry watermark', Number.isFinite(entryWatermark) ? timeText(entryWatermark) : '(none)'])
    if (key !== undefined) lines.push(['key', jsonText(key)])
  } else lines.push(['retry', 'not possible: its element could not be kept'])
  const known = new Set(['error', 'code', 'step', 'origin', 'time', 'entry-watermark', 'key', 'element'])
  for (const [name, value] of record.headers()) {
    if (!known.has(name)) lines.push([name, Buffer.from(value ?? []).toString()])
  }
  lines.push(['value', valueJson('user', record)])
  for (const [name, text] of lines) terminal.line(`  ${name.padEnd(16)} ${text}`)
}
