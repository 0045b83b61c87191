/**
 * What a run says on standard error, through the one logger.
 *
 * Without `--log` and `--log-format` these are plain sentences, as people read them at a terminal;
 * with one of them each line has time, level and room, or is a JSON object.
 */
import { UsageError } from '../errors.ts'
import {
  type Logger,
  type LogLevel,
  lineLogger,
  logJson,
  logText,
  parseLogLevels,
  withLevels,
} from '../observe/index.ts'
import { systemClock } from '../time/index.ts'
import type { Arguments } from './arguments.ts'
import type { Option } from './command.ts'
import type { Terminal } from './terminal.ts'

/** The options that say what is logged, and how. */
export const LOG_OPTIONS: Readonly<Record<string, Option>> = {
  log: {
    value: 'LEVELS',
    help: 'what is told: a level, and levels of rooms, such as warn,engine=debug (or SLUICE_LOG; else info)',
  },
  'log-format': { value: 'FORMAT', help: 'text or json: lines with time, level and room on standard error' },
}

/** The logger that the options ask for. Throws `UsageError`. */
export function runLog(args: Arguments, terminal: Terminal): Logger {
  const fromEnvironment = process.env['SLUICE_LOG']
  const environment = fromEnvironment === '' ? undefined : fromEnvironment
  const levels = args.text('log') ?? environment
  const format = args.text('log-format')
  if (format !== undefined && format !== 'text' && format !== 'json') {
    throw new UsageError(`--log-format is ${JSON.stringify(format)}; expected text or json`)
  }
  const what = args.text('log') === undefined && environment !== undefined ? 'SLUICE_LOG' : '--log'
  const logger = lineLogger(
    line => terminal.say(line),
    (level, message, fields) => {
      if (format === 'json') return logJson(systemClock.now(), level, message, fields)
      if (format === 'text' || levels !== undefined) return logText(systemClock.now(), level, message, fields)
      return plainText(level, message, terminal)
    },
  )
  return withLevels(logger, parseLogLevels(levels ?? 'info', what))
}

function plainText(level: LogLevel, message: string, terminal: Terminal): string {
  return level === 'warn' ? `${terminal.paint('yellow', 'warning:')} ${message}` : message
}
