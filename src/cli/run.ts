/** `sluice run`: runs a program until its end, a signal, or a failure. */
import { UsageError } from '../errors.ts'
import { type Logger, logEvents, RunWatch } from '../observe/index.ts'
import {
  type Program,
  type RunMode,
  type RunOptions,
  runProgram,
  runWorkers,
  type StateRename,
} from '../runtime/index.ts'
import { systemClock } from '../time/index.ts'
import type { Arguments } from './arguments.ts'
import { brokerUrl, withBroker } from './broker-url.ts'
import { type Command, EXIT } from './command.ts'
import { exitCodeOf, sayError } from './error-text.ts'
import { type LoadedProgram, loadProgram } from './load-program.ts'
import { OWN_PACKAGE_URL } from './own-package.ts'
import { LOG_OPTIONS, runLog } from './run-log.ts'
import { type EndReason, RunReport } from './run-report.ts'
import { existingSavepoint } from './savepoint-place.ts'
import { StopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'
import { unreadSteps } from './unread-steps.ts'
import { type HttpAddress, httpAddress, WatchServer } from './watch-server.ts'

/** More workers than this are a slip of the finger. */
const MAX_WORKERS = 1000

export const run: Command = {
  name: 'run',
  positionals: ['MODULE'],
  summary: 'runs a program: a TypeScript or JavaScript file whose default export is an App',
  details: [
    'Runs until Ctrl-C or SIGTERM, which finish the element at hand and commit; a second one stops at once.',
    'What the program prints goes to standard output, everything else to standard error.',
  ],
  options: {
    broker: {
      value: 'URL',
      help: 'where the topics are: file:PATH or memory: (or SLUICE_BROKER; else file:./.sluice)',
    },
    workers: { value: 'N', help: 'share the work among N processes; 1 by default' },
    'until-caught-up': { help: 'process what is there now, keep windows open, commit and exit' },
    drain: { help: 'the same, and then end the input: all windows close' },
    for: { value: 'DURATION', help: 'run so long, such as 30s or 10m, commit and exit' },
    json: { help: 'print one JSON object per line: progress, print, late, error, end' },
    http: {
      value: 'PORT',
      help: 'answer /healthz, /readyz, /metrics and /progress on this port of this machine (or HOST:PORT; 0: any port)',
    },
    ...LOG_OPTIONS,
    'commit-interval': {
      value: 'DURATION',
      help: 'how long changes of state alone may wait; 100ms by default',
    },
    'from-savepoint': {
      value: 'NAME',
      help: 'start from this savepoint of the app (or a file: ./x.savepoint); for an app that is new here',
    },
    force: { help: 'with --from-savepoint: replace the positions and state that the app has here' },
    'rename-state': {
      value: 'OLD=NEW',
      help: 'what earlier runs left for step OLD is from now on that of step NEW',
      multiple: true,
    },
    'drop-state': { value: 'STEP', help: 'forget what earlier runs left for this step', multiple: true },
  },
  examples: [
    ['sluice run sums.ts', 'run until stopped'],
    ['sluice run sums.ts --drain --broker file:./test.sluice', 'process all there is, close all windows'],
    ['sluice run sums.ts --workers 4', 'run with four processes'],
  ],
  run: runCommand,
}

interface Settings {
  readonly json: boolean
  readonly mode: RunMode
  readonly workers: number
  readonly url: string
  readonly forMs: number | undefined
  readonly commitIntervalMs: number | undefined
  readonly dropState: readonly string[]
  readonly renameState: readonly StateRename[]
  readonly savepoint: string | undefined
  readonly force: boolean
  readonly http: HttpAddress | undefined
  readonly logger: Logger
}

async function runCommand(args: Arguments, terminal: Terminal): Promise<number> {
  const settings = readSettings(args, terminal)
  const signals = new StopSignals(terminal)
  try {
    const loaded = await loadProgram(args.positional(0))
    if (signals.exitCode !== undefined) return signals.exitCode
    return await runLoaded(loaded, settings, signals, terminal)
  } finally {
    signals.finish()
  }
}

function readSettings(args: Arguments, terminal: Terminal): Settings {
  const workers = args.wholeNumber('workers', 1) ?? 1
  const url = brokerUrl(args)
  if (workers > MAX_WORKERS)
    throw new UsageError(`--workers is ${workers}; at most ${MAX_WORKERS} are allowed`)
  if (workers > 1 && url === 'memory:') {
    throw new UsageError('--workers above 1 needs a broker that processes can share, such as file:./.sluice')
  }
  if (args.flag('drain') && args.flag('until-caught-up')) {
    throw new UsageError('--drain and --until-caught-up are two ways to end: give one of them')
  }
  const savepoint = args.text('from-savepoint')
  const force = args.flag('force')
  if (force && savepoint === undefined)
    throw new UsageError('--force says that --from-savepoint may replace what is there: give both')
  return {
    renameState: args.texts('rename-state').map(renameOf),
    savepoint,
    force,
    json: args.flag('json'),
    mode: args.flag('drain') ? 'drain' : args.flag('until-caught-up') ? 'untilCaughtUp' : 'continuous',
    workers,
    url,
    forMs: args.durationMs('for'),
    commitIntervalMs: args.durationMs('commit-interval'),
    dropState: args.texts('drop-state'),
    http: httpAddress(args.text('http')),
    logger: runLog(args, terminal),
  }
}

async function runLoaded(
  loaded: LoadedProgram,
  settings: Settings,
  signals: StopSignals,
  terminal: Terminal,
): Promise<number> {
  const { mode, workers, url, json, forMs, logger } = settings
  const { program } = loaded
  const report = new RunReport(
    { app: program.name, mode, workers, json, hasEventTime: hasEventTime(program) },
    terminal,
    logger,
  )
  const watch = new RunWatch(workers, systemClock.monotonic())
  const log = logEvents(logger, { app: program.name, workers })
  const server =
    settings.http === undefined ? undefined : await WatchServer.open(settings.http, program.name, watch)
  if (server !== undefined)
    logger.info(`${program.name}: watch it at ${server.url}`, { room: 'cli', url: server.url })
  for (const { text, fix } of unreadSteps(program.graph())) logger.warn(`${text}; ${fix}`, { room: 'cli' })
  const over = new AbortController()
  const time = new AbortController()
  if (forMs !== undefined) void systemClock.sleep(forMs, over.signal).then(() => time.abort())
  const stop = AbortSignal.any([signals.signal, terminal.closed, time.signal])
  try {
    await withBroker(url, {}, broker => {
      const options: RunOptions = {
        mode,
        signal: stop,
        publish: event => {
          report.hear(event)
          log(event)
          watch.hear(event, systemClock.monotonic())
        },
        dropState: settings.dropState,
        renameState: settings.renameState,
        ...(settings.savepoint === undefined
          ? {}
          : {
              fromSavepoint: {
                file: existingSavepoint(url, program.name, settings.savepoint),
                force: settings.force,
              },
            }),
        ...(settings.commitIntervalMs === undefined ? {} : { commitIntervalMs: settings.commitIntervalMs }),
      }
      if (!broker.shared) return runProgram(program, broker, options)
      // worker processes are started with the options of this one
      process.execArgv.push(`--import=${OWN_PACKAGE_URL}`)
      return runWorkers(program, broker, { ...options, workers, module: loaded.path })
    })
    report.end(endReason(mode, signals, terminal, time.signal))
  } catch (thrown) {
    report.failed(thrown)
    sayError(thrown, terminal)
    report.end('failed')
    return exitCodeOf(thrown)
  } finally {
    over.abort()
    await server?.close()
  }
  // A run without end has done its work when nobody wants more; one with an end has not come to it.
  const isCut = terminal.closed.aborted && mode !== 'continuous'
  return signals.exitCode ?? (isCut ? EXIT.failed : EXIT.done)
}

function renameOf(text: string): StateRename {
  const [from = '', to = '', ...more] = text.split('=')
  if (from !== '' && to !== '' && more.length === 0) return { from, to }
  throw new UsageError(`--rename-state is ${JSON.stringify(text)}; expected OLD=NEW, the ids of two steps`)
}

function endReason(mode: RunMode, signals: StopSignals, terminal: Terminal, time: AbortSignal): EndReason {
  if (signals.exitCode !== undefined) return 'signal'
  if (terminal.closed.aborted) return 'outputClosed'
  if (time.aborted) return 'time'
  return mode === 'drain' ? 'drained' : 'caughtUp'
}

function hasEventTime(program: Program): boolean {
  return program.graph().steps.some(step => step.kind === 'process' && step.logic.kind === 'time')
}
