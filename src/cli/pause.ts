/** `sluice pause` and `resume`: lets an app wait, with its state in memory, and go on. */
import { pauseApp, resumeApp } from '../runtime/index.ts'
import { brokerUrl, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { requireGroup } from './group-describe.ts'
import { isRunning } from './group-state.ts'
import { timeText } from './texts.ts'

export const pause: Command = {
  name: 'pause',
  positionals: ['APP'],
  summary: 'lets an app finish what it has in hand, commit, and wait: it keeps its state in memory',
  details: [
    'Its workers hear of it within a second. Watermarks stand still, and nothing becomes idle.',
    'It stays paused over restarts, until "sluice resume".',
  ],
  options: { broker: BROKER_OPTION },
  examples: [['sluice pause sensor-sums', 'while a system that it calls is away']],
  async run(args, terminal) {
    const app = args.positional(0)
    await withExistingBroker(brokerUrl(args), async broker => {
      await requireGroup(broker, app)
      const since = await pauseApp(broker, app)
      const how = (await isRunning(broker, app))
        ? 'it runs, and stops reading within a second'
        : 'it does not run now'
      terminal.say(`app "${app}" is paused since ${timeText(since)}; ${how}`)
    })
    return EXIT.done
  },
}

export const resume: Command = {
  name: 'resume',
  positionals: ['APP'],
  summary: 'lets a paused app go on',
  options: { broker: BROKER_OPTION },
  examples: [['sluice resume sensor-sums', 'go on where it was']],
  async run(args, terminal) {
    const app = args.positional(0)
    await withExistingBroker(brokerUrl(args), async broker => {
      await requireGroup(broker, app)
      const was = await resumeApp(broker, app)
      terminal.say(was ? `app "${app}" goes on` : `app "${app}" was not paused`)
    })
    return EXIT.done
  },
}
