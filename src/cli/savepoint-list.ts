/** `sluice savepoint list`, `show` and `delete`: the savepoints that there are. */
import { rmSync, statSync } from 'node:fs'
import { SluiceError } from '../errors.ts'
import { checkSavepointFile, readSavepoint, readSavepointHead } from '../runtime/index.ts'
import { systemClock } from '../time/index.ts'
import { brokerUrl } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT, JSON_OPTION } from './command.ts'
import { existingSavepoint, savepointNames } from './savepoint-place.ts'
import { numberText, sizeText, tableLines, timeText } from './texts.ts'

/** So many rows are read before others have their turn. */
const BREATHE_ROWS = 5000

export const savepointList: Command = {
  name: 'savepoint list',
  positionals: ['APP'],
  summary: 'lists the savepoints of an app that lie beside the broker file',
  options: { json: JSON_OPTION, broker: BROKER_OPTION },
  examples: [['sluice savepoint list sensor-sums', 'their names, times and sizes']],
  async run(args, terminal) {
    const app = args.positional(0)
    const url = brokerUrl(args)
    const found = savepointNames(url, app).map(name => {
      const file = existingSavepoint(url, app, name)
      const bytes = statSync(file).size
      try {
        return { name, file, bytes, createdAt: readSavepointHead(file).createdAt, damage: null }
      } catch (thrown) {
        // The others are listed all the same.
        if (!(thrown instanceof SluiceError)) throw thrown
        return { name, file, bytes, createdAt: null, damage: thrown.message }
      }
    })
    if (args.flag('json')) {
      for (const savepoint of found) terminal.line(JSON.stringify(savepoint))
      return EXIT.done
    }
    if (found.length === 0) terminal.say(`app "${app}" has no savepoints beside ${url}`)
    const rows = found.map(({ name, bytes, createdAt, damage }) => [
      name,
      createdAt === null ? (damage ?? '') : timeText(createdAt),
      sizeText(bytes),
    ])
    if (rows.length > 0) for (const line of tableLines(['NAME', 'TAKEN', 'SIZE'], rows)) terminal.line(line)
    return EXIT.done
  },
}

export const savepointShow: Command = {
  name: 'savepoint show',
  positionals: ['APP', 'NAME'],
  summary: 'reads a savepoint to its end, and says what it holds; a damaged one is refused',
  details: [
    'NAME is that of a savepoint beside the broker file, or a file, with its folder: ./moved.savepoint',
  ],
  options: { json: JSON_OPTION, broker: BROKER_OPTION },
  examples: [['sluice savepoint show sensor-sums before-upgrade', 'steps, entries and positions']],
  async run(args, terminal) {
    const file = existingSavepoint(brokerUrl(args), args.positional(0), args.positional(1))
    const { head, entries, inputs, records } = await contentsOf(file)
    if (args.flag('json')) {
      terminal.line(JSON.stringify({ ...head, kind: undefined, file, entries, inputs, records }))
      return EXIT.done
    }
    terminal.line(
      `app ${head.app}, savepoint ${head.name || '(without a name)'}, taken ${timeText(head.createdAt)}`,
    )
    terminal.line(`from ${head.broker} by ${head.madeBy}; ${head.shards} shards, after ${head.run} runs`)
    const steps = Object.keys(head.state).map(
      step => [step, head.state[step] ?? '', entries[step] ?? 0] as const,
    )
    terminal.line('')
    for (const line of tableLines(['STEP', 'IS', 'ENTRIES'], steps)) terminal.line(line)
    terminal.line('')
    const rows = inputs.map(
      ({ step, partition, topic, next }) => [step, partition, topic ?? '', next] as const,
    )
    for (const line of tableLines(['INPUT', 'PARTITION', 'TOPIC', 'POSITION'], rows)) terminal.line(line)
    terminal.line('')
    terminal.line(`${numberText(records)} records between its tasks; all sound`)
    return EXIT.done
  },
}

export const savepointDelete: Command = {
  name: 'savepoint delete',
  positionals: ['APP', 'NAME'],
  summary: 'deletes a savepoint',
  options: { broker: BROKER_OPTION },
  examples: [['sluice savepoint delete sensor-sums before-upgrade', 'it is of no use any more']],
  async run(args, terminal) {
    const file = existingSavepoint(brokerUrl(args), args.positional(0), args.positional(1))
    // Never a file that somebody named by mistake.
    checkSavepointFile(file)
    rmSync(file)
    terminal.say(`deleted the savepoint ${file}`)
    return EXIT.done
  },
}

interface Contents {
  readonly head: ReturnType<typeof readSavepointHead>
  readonly entries: Readonly<Record<string, number>>
  readonly inputs: readonly {
    readonly step: string
    readonly partition: number
    readonly topic: string | null
    readonly next: number
  }[]
  readonly records: number
}

async function contentsOf(file: string): Promise<Contents> {
  const head = readSavepointHead(file)
  const entries: Record<string, number> = {}
  const inputs: Contents['inputs'][number][] = []
  let step = ''
  let records = 0
  let rows = 0
  for (const row of readSavepoint(file)) {
    if (row.kind === 'shard') {
      step = row.step
      entries[step] ??= 0
    }
    if (row.kind === 'entry') entries[step] = (entries[step] ?? 0) + 1
    if (row.kind === 'records') records += row.count
    if (row.kind === 'position') {
      inputs.push({ step: row.step, partition: row.partition, topic: row.topic, next: row.next })
    }
    if (++rows % BREATHE_ROWS === 0) await systemClock.yield()
  }
  return { head, entries, inputs, records }
}
