/** `sluice dead-letters retry` and `drop`: what becomes of the dead letters of an app. */
import { UsageError } from '../errors.ts'
import { DeadLetterBox } from '../runtime/index.ts'
import type { Arguments } from './arguments.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { choosesLetters, LETTER_OPTIONS, letterFilter } from './dead-letter-options.ts'
import { requireGroup } from './group-describe.ts'
import { isRunning } from './group-state.ts'
import { StopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'
import { countText } from './texts.ts'

export const deadLettersRetry: Command = {
  name: 'dead-letters retry',
  positionals: ['APP'],
  summary: 'sends dead letters back to the steps that failed, all or some; for when the program was mended',
  details: [
    'Each is tried once more with the key, time and entry watermark that it had; one that fails again becomes a new dead letter.',
    'An app that runs takes them up at once, another one with its next run.',
  ],
  options: { ...LETTER_OPTIONS, broker: BROKER_OPTION },
  examples: [
    ['sluice dead-letters retry orders', 'all'],
    ['sluice dead-letters retry orders --step price --partition 0 --offsets 10-99', 'some'],
  ],
  run: (args, terminal) => handle(args, terminal, 'retry'),
}

export const deadLettersDrop: Command = {
  name: 'dead-letters drop',
  positionals: ['APP'],
  summary: 'forgets dead letters, some or --all',
  options: { all: { help: 'all of them' }, ...LETTER_OPTIONS, broker: BROKER_OPTION },
  examples: [['sluice dead-letters drop orders --step price', 'those of one step']],
  run: (args, terminal) => {
    if (args.flag('all') !== choosesLetters(args)) return handle(args, terminal, 'drop')
    throw new UsageError('say which: --step, --partition and --offsets choose some, --all takes all')
  },
}

async function handle(args: Arguments, terminal: Terminal, what: 'retry' | 'drop'): Promise<number> {
  const app = args.positional(0)
  const filter = letterFilter(args)
  const signals = new StopSignals(terminal)
  try {
    await withExistingBroker(brokerUrl(args), async broker => {
      await requireGroup(broker, app)
      const box = new DeadLetterBox(broker, app)
      const told = (letters: number): void => terminal.status(countText(letters, 'letter'))
      const { letters, refused } = await box[what](filter, signals.signal, told)
      terminal.clearStatus()
      const done = countText(letters, 'dead letter')
      if (what === 'drop') terminal.say(`dropped ${done}`)
      else {
        const when = (await isRunning(broker, app))
          ? 'the app is running and takes them up'
          : 'the next run takes them up'
        terminal.say(`sent ${done} back${letters === 0 ? '' : `: ${when}`}`)
      }
      if (refused > 0) {
        const stay = `${countText(refused, 'dead letter')} cannot be retried, since the element could not be kept`
        terminal.say(
          `${terminal.paint('yellow', 'warning:')} ${stay}: write the value to the input again, and drop the letter`,
        )
      }
    })
  } finally {
    signals.finish()
  }
  return signals.exitCode ?? EXIT.done
}
