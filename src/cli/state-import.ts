/** `sluice state import`: puts entries into the state of a step of a stopped app. */
import { createReadStream, existsSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { UsageError } from '../errors.ts'
import { importState, importTarget } from '../runtime/index.ts'
import type { Arguments } from './arguments.ts'
import { brokerUrl, withSharedBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { acquireStopped } from './group-lease.ts'
import { LineSplitter } from './line-splitter.ts'
import { type ShardBy, StateLines } from './state-lines.ts'
import { numberText } from './texts.ts'

export const stateImport: Command = {
  name: 'state import',
  positionals: ['APP', 'STEP', '[FILE]'],
  summary: 'puts entries, as "state export" prints them, into the state of a step of a stopped app',
  details: [
    'Reads standard input without FILE. All lines are checked first; then all entries count at once, or none.',
    'An entry takes the place of the one with its cell, namespace and key. Keep a savepoint first.',
  ],
  options: {
    replace: { help: 'forget the other entries of the step' },
    new: { help: 'the step is one that the app has not had so far' },
    shards: { value: 'N', help: 'for an app that has not run: how many shards it has' },
    by: { value: 'WHAT', help: 'place entries by their key or namespace, whatever shard their lines say' },
    broker: BROKER_OPTION,
  },
  examples: [
    ['sluice state import sensor-sums readings.sum sums.jsonl', 'what was exported, mended by hand'],
    ['sluice state import totals orders.sum old.jsonl --new --shards 4', 'before the first run'],
  ],
  async run(args, terminal) {
    const [app, step, file] = [args.positional(0), args.positional(1), args.positional(2)]
    const by = shardBy(args)
    const shards = args.wholeNumber('shards', 1)
    const input = openInput(file)
    await withSharedBroker(brokerUrl(args), {}, async broker => {
      const lease = await acquireStopped(broker, app, 'the import')
      try {
        const group = broker.group(app)
        const target = await importTarget(group, step, { shards, isNew: args.flag('new') })
        const lines = new StateLines(target, by)
        const splitter = new LineSplitter()
        for await (const chunk of input) for (const line of splitter.push(chunk as Buffer)) lines.add(line)
        for (const line of splitter.end()) lines.add(line)
        await importState(broker, group, { target, entries: lines.byShard(), replace: args.flag('replace') })
        const count = lines.count === 1 ? '1 entry' : `${numberText(lines.count)} entries`
        terminal.say(`put ${count} into step "${step}" of app "${app}"`)
      } finally {
        await lease.release()
      }
    })
    return EXIT.done
  },
}

function shardBy(args: Arguments): ShardBy {
  const by = args.text('by')
  if (by === undefined) return 'line'
  if (by === 'key' || by === 'namespace') return by
  throw new UsageError(`--by is ${JSON.stringify(by)}; expected key or namespace`)
}

function openInput(file: string): Readable {
  if (file === '' || file === '-') return process.stdin
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  if (statSync(file).isDirectory()) throw new UsageError(`${file} is a folder; name a file of lines`)
  return createReadStream(file, { highWaterMark: 256 * 1024 })
}
