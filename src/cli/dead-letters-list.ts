/** `sluice dead-letters list`: what failed, by step and error, or one by one. */
import { DeadLetterBox, type LetterFilter, type OpenLetter } from '../runtime/index.ts'
import { systemClock } from '../time/index.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT, JSON_OPTION } from './command.ts'
import { LETTER_OPTIONS, letterFilter } from './dead-letter-options.ts'
import { requireGroup } from './group-describe.ts'
import { jsonText } from './json-text.ts'
import { recordJson } from './record-json.ts'
import type { Terminal } from './terminal.ts'
import { countText, numberText, tableLines } from './texts.ts'

/** Messages that differ in more than numbers and quoted texts: so many groups, then one for the rest. */
const MAX_GROUPS = 1000
/** After so many letters other work has its turn. */
const BREATHE_AFTER = 5000

export const deadLettersList: Command = {
  name: 'dead-letters list',
  positionals: ['APP'],
  summary:
    'lists the dead letters of an app that nobody has handled: by step and error, or with --limit one by one',
  details: ['Messages that differ only in numbers and quoted texts are one group.'],
  options: {
    limit: { value: 'N', help: 'list the first N one by one' },
    ...LETTER_OPTIONS,
    json: JSON_OPTION,
    broker: BROKER_OPTION,
  },
  examples: [
    ['sluice dead-letters list orders', 'how many of which kind'],
    ['sluice dead-letters list orders --step price --limit 20', 'the first of one step'],
  ],
  async run(args, terminal) {
    const app = args.positional(0)
    const filter = letterFilter(args)
    const limit = args.wholeNumber('limit', 1)
    const json = args.flag('json')
    await withExistingBroker(brokerUrl(args), async broker => {
      await requireGroup(broker, app)
      const box = new DeadLetterBox(broker, app)
      if (limit === undefined) await listGroups(box, filter, json, terminal)
      else await listEach(box, filter, { limit, json }, terminal)
      const waiting = await box.waiting()
      if (waiting > 0) terminal.say(`${numberText(waiting)} more sent back and not processed yet`)
    })
    return EXIT.done
  },
}

interface Group {
  readonly step: string
  readonly code: string
  readonly error: string
  count: number
  /** The first of them, as `partition/offset`. */
  readonly first: string
}

async function listGroups(
  box: DeadLetterBox,
  filter: LetterFilter,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const groups = new Map<string, Group>()
  let count = 0
  for await (const letter of box.letters(filter)) {
    count++
    const { step, code } = letter
    const error = patternOf(letter)
    const key = `${step} ${code} ${error}`
    const name = groups.has(key) || groups.size < MAX_GROUPS ? key : ''
    const known = groups.get(name)
    if (known !== undefined) known.count++
    else {
      const first = `${letter.partition}/${letter.offset}`
      groups.set(name, name === '' ? { ...REST, count: 1, first } : { step, code, error, count: 1, first })
    }
    if (count % BREATHE_AFTER === 0) await systemClock.yield()
  }
  const sorted = [...groups.values()].sort((a, b) => b.count - a.count)
  if (json) for (const group of sorted) terminal.line(jsonText(group))
  else if (count === 0) terminal.say('there are no dead letters')
  else {
    const rows = sorted.map(({ count: letters, step, code, first, error }) => [
      letters,
      step,
      code,
      first,
      error,
    ])
    for (const line of tableLines(['LETTERS', 'STEP', 'CODE', 'FIRST', 'ERROR'], rows)) terminal.line(line)
    terminal.say(countText(count, 'dead letter'))
  }
}

const REST = { step: '…', code: '…', error: '… and other errors' } as const

async function listEach(
  box: DeadLetterBox,
  filter: LetterFilter,
  { limit, json }: { readonly limit: number; readonly json: boolean },
  terminal: Terminal,
): Promise<void> {
  let left = limit
  for await (const letter of box.letters(filter)) {
    terminal.line(json ? letterJson(letter) : `${letter.partition}/${letter.offset}  ${letter.error}`)
    if (--left === 0 || terminal.closed.aborted) return
    if (left % BREATHE_AFTER === 0) await terminal.drained()
  }
  if (left === limit) terminal.say('there are no dead letters')
  else if (!json) terminal.say(`${numberText(limit - left)} in all`)
}

/** `{partition, offset, step, code, error, origin, retryable, record}`. */
export function letterJson(letter: OpenLetter): string {
  const { partition, offset, step, code, error, origin, element, record } = letter
  const fields = jsonText({ partition, offset, step, code, error, origin, retryable: element !== undefined })
  return `${fields.slice(0, -1)},"record":${recordJson('', 'user', partition, record)}}`
}

/** The message without what tells one element from the other: its key, its place, numbers and quoted texts. */
function patternOf({ error, step }: OpenLetter): string {
  return error
    .replace(/^step "[^"]*" failed(?: on key .*?)?(?: \([^()]* at offset \d+\))?: /, '')
    .replaceAll(`"${step}"`, '\u0000')
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/-?\d+(?:\.\d+)?/g, '#')
    .replaceAll('\u0000', `"${step}"`)
}
