/** `sluice state list`, `get` and `export`: what an app, or a savepoint, remembers. */

import { type Key, KeyMap } from '../codec/index.ts'
import { UsageError } from '../errors.ts'
import {
  decodeEntry,
  type PlacedEntry,
  readRawState,
  type StateEntry,
  type StateSource,
} from '../runtime/index.ts'
import type { Arguments } from './arguments.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT, JSON_OPTION, type Option } from './command.ts'
import { existingSavepoint } from './savepoint-place.ts'
import { sizeText, tableLines } from './texts.ts'
import { keyFromText, toTypedJson } from './typed-json.ts'

const SAVEPOINT_OPTION: Option = {
  value: 'NAME',
  help: 'read this savepoint of the app (or a file: ./x.savepoint), not the app itself',
}
const CELL_OPTION: Option = { value: 'CELL', help: 'only this cell; "state list" shows their names' }

export const stateList: Command = {
  name: 'state list',
  positionals: ['APP'],
  summary: 'shows what an app remembers: steps, cells, entries and their size',
  details: ['Of a running app: as its last commit left it.'],
  options: {
    shards: { help: 'each shard by itself' },
    savepoint: SAVEPOINT_OPTION,
    json: JSON_OPTION,
    broker: BROKER_OPTION,
  },
  examples: [['sluice state list sensor-sums', 'what takes how much']],
  async run(args, terminal) {
    const sizes = new Map<string, Size>()
    await withState(args, async source => {
      for await (const entry of readRawState(source, args.positional(0)))
        addTo(sizes, entry, args.flag('shards'))
    })
    const rows = [...sizes.values()]
    if (args.flag('json')) {
      for (const row of rows) terminal.line(JSON.stringify(row))
      return EXIT.done
    }
    if (rows.length === 0) terminal.say(`app "${args.positional(0)}" remembers nothing but its positions`)
    const names = ['STEP', 'CELL', ...(args.flag('shards') ? ['SHARD'] : []), 'ENTRIES', 'SIZE']
    const cells = rows.map(({ step, cell, shard, entries, bytes }) => [
      step,
      cell,
      ...(shard === null ? [] : [String(shard)]),
      entries,
      sizeText(bytes),
    ])
    if (rows.length > 0) for (const line of tableLines(names, cells)) terminal.line(line)
    return EXIT.done
  },
}

export const stateGet: Command = {
  name: 'state get',
  positionals: ['APP', 'STEP'],
  summary: 'prints entries of the state of a step, one JSON object per line',
  details: [
    'KEY is JSON whose type counts: 1 is a number, "1" (with the quotes) text; what is no JSON, such as attic, is text.',
    'Ends with 1 where there is none.',
  ],
  options: {
    cell: CELL_OPTION,
    key: { value: 'KEY', help: 'only entries with this key' },
    namespace: { value: 'KEY', help: 'only entries of this namespace, such as the end of a window' },
    savepoint: SAVEPOINT_OPTION,
    broker: BROKER_OPTION,
  },
  examples: [
    ['sluice state get sensor-sums readings.sum --key attic', 'the open windows of one sensor'],
    [`sluice state get sensor-sums readings.sum --key '"1"'`, 'of the sensor whose name is the text 1'],
  ],
  async run(args, terminal) {
    const key = keyOption(args, 'key')
    const namespace = keyOption(args, 'namespace')
    let found = 0
    await eachEntry(args, entry => {
      if (key !== undefined && !isSameKey(entry.key, key)) return
      if (namespace !== undefined && !isSameKey(entry.namespace, namespace)) return
      found++
      terminal.line(entryLine(decodeEntry(entry)))
    })
    if (found === 0) terminal.say('there is no such entry')
    return found === 0 ? EXIT.failed : EXIT.done
  },
}

export const stateExport: Command = {
  name: 'state export',
  positionals: ['APP', 'STEP'],
  summary: 'prints all state of a step, one JSON object per line, for "sluice state import"',
  options: { cell: CELL_OPTION, savepoint: SAVEPOINT_OPTION, broker: BROKER_OPTION },
  examples: [['sluice state export sensor-sums readings.sum > sums.jsonl', 'into a file']],
  async run(args, terminal) {
    await eachEntry(args, entry => terminal.line(entryLine(decodeEntry(entry))))
    return EXIT.done
  },
}

/** `{step, cell, shard, namespace, key, value}`, and `additions` where there are any. */
function entryLine({ value, additions, namespace, key, ...place }: StateEntry): string {
  return JSON.stringify({
    ...place,
    namespace: toTypedJson(namespace),
    key: toTypedJson(key),
    value: toTypedJson(value),
    ...(additions.length === 0
      ? {}
      : { additions: additions.map(({ from, value: added }) => ({ from, value: toTypedJson(added) })) }),
  })
}

async function eachEntry(args: Arguments, visit: (entry: PlacedEntry) => void): Promise<void> {
  const cell = args.text('cell')
  const cells = new Set<string>()
  await withState(args, async source => {
    for await (const entry of readRawState(source, args.positional(0), { step: args.positional(1) })) {
      cells.add(entry.cell)
      if (cell === undefined || entry.cell === cell) visit(entry)
    }
  })
  if (cell === undefined || cells.has(cell)) return
  throw new UsageError(
    `step "${args.positional(1)}" has no entry in a cell "${cell}"; it has some in: ${[...cells].join(', ') || 'none'}`,
  )
}

async function withState(args: Arguments, work: (source: StateSource) => Promise<void>): Promise<void> {
  const url = brokerUrl(args)
  const name = args.text('savepoint')
  if (name === undefined) return withExistingBroker(url, work)
  return work({ savepoint: existingSavepoint(url, args.positional(0), name) })
}

interface Size {
  readonly step: string
  readonly cell: string
  /** Null for all together. */
  readonly shard: number | null
  entries: number
  bytes: number
}

function addTo(sizes: Map<string, Size>, entry: PlacedEntry, perShard: boolean): void {
  const { step, cell, value, additions } = entry
  const shard = perShard ? entry.shard : null
  const address = JSON.stringify([step, cell, shard])
  const size = sizes.get(address) ?? { step, cell, shard, entries: 0, bytes: 0 }
  sizes.set(address, size)
  size.entries++
  size.bytes += (value?.length ?? 0) + additions.reduce((sum, { added }) => sum + added.length, 0)
}

function keyOption(args: Arguments, name: string): Key | undefined {
  const text = args.text(name)
  return text === undefined ? undefined : keyFromText(text)
}

/** As state tells keys apart: by type and parts. */
function isSameKey(a: Key, b: Key): boolean {
  const keys = new KeyMap<true>()
  keys.set(a, true)
  return keys.get(b) === true
}
