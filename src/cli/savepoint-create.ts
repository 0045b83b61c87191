/** `sluice savepoint create`: keeps a moment of an app under a name. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import { createSavepoint } from '../runtime/index.ts'
import { formatDuration, systemClock } from '../time/index.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command } from './command.ts'
import { newSavepointFile } from './savepoint-place.ts'
import { countText, numberText } from './texts.ts'
import { withSignals } from './with-signals.ts'

export const savepointCreate: Command = {
  name: 'savepoint create',
  positionals: ['APP', 'NAME'],
  summary: 'keeps one moment of an app, stopped or running: positions, state, what is under way',
  details: [
    'The file depends on no broker; it appears when it is complete, beside the broker file or at --to.',
  ],
  options: {
    to: { value: 'FILE', help: 'write this file, instead of one beside the broker file' },
    force: { help: 'replace the file if it is there' },
    broker: BROKER_OPTION,
  },
  examples: [
    ['sluice savepoint create sensor-sums before-upgrade', 'beside ./.sluice'],
    ['sluice savepoint create sensor-sums moved --to ./moved.savepoint', 'to take it elsewhere'],
  ],
  async run(args, terminal) {
    const [app, name] = [args.positional(0), args.positional(1)]
    const url = brokerUrl(args)
    return withSignals(terminal, signal =>
      withExistingBroker(url, async broker => {
        const to = args.text('to')
        const startedAt = systemClock.monotonic()
        const force = args.flag('force')
        const file = to === undefined ? newSavepointFile(url, app, name) : resolve(to)
        if (to === undefined && existsSync(file) && !force) {
          throw new UsageError(
            `app "${app}" has a savepoint "${name}" already: give another name, or replace it with --force`,
          )
        }
        const { entries, records } = await createSavepoint(broker, app, file, {
          name,
          signal,
          force,
          progress: count => {
            if (terminal.isWatched) terminal.status(`wrote ${numberText(count)} entries of state`)
          },
        })
        terminal.clearStatus()
        const total = Object.values(entries).reduce((sum, count) => sum + count, 0)
        const took = formatDuration(systemClock.monotonic() - startedAt)
        terminal.say(
          `savepoint "${name}" of app "${app}" is in ${file}: ${total === 1 ? '1 entry' : `${numberText(total)} entries`} of state, ${countText(records, 'record')} under way; took ${took}`,
        )
      }),
    )
  },
}
