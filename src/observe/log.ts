/**
 * The one logger: what a running app tells, as entries with a level, a room and a message.
 *
 * The core publishes events and knows no logger. `logEvents` is a listener that turns events into
 * entries; where those go is for a `Logger` to say: the command's standard error, `console`, or
 * whatever a program has. Without one, nothing is written anywhere.
 */
import { bigintAsText, UsageError } from '../errors.ts'

/** How much an entry matters; `off` lets nothing through. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'off'

/** The parts of Sluice that an entry may come from. */
export type LogRoom = 'runtime' | 'engine' | 'state' | 'broker' | 'cli'

/** What an entry says beside its message: plain data, `room` always among it. */
export type LogFields = Readonly<Record<string, unknown>> & { readonly room: LogRoom }

/**
 * Takes log entries. `console` is one, and so are most loggers that take the message first. It is
 * called synchronously, between two elements, and must not throw.
 */
export interface Logger {
  debug(message: string, fields: LogFields): void
  info(message: string, fields: LogFields): void
  warn(message: string, fields: LogFields): void
  error(message: string, fields: LogFields): void
}

/** The lowest level that is let through, in general and for single rooms. */
export interface LogLevels {
  readonly all: LogLevel
  readonly rooms: Readonly<Partial<Record<LogRoom, LogLevel>>>
}

/** The levels, lowest first. */
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'off']
const ROOMS: readonly LogRoom[] = ['runtime', 'engine', 'state', 'broker', 'cli']

/**
 * Reads `LEVEL`, `ROOM=LEVEL`, or several of them with commas, such as `warn,engine=debug`; `info`
 * where no level stands alone. Throws `USAGE` that names `what`.
 */
export function parseLogLevels(text: string, what: string): LogLevels {
  let all: LogLevel = 'info'
  const rooms: Partial<Record<LogRoom, LogLevel>> = {}
  for (const part of text.split(',')) {
    const [name = '', level] = part.trim().split('=', 2)
    if (level === undefined) all = oneOf(LEVELS, name, what, 'a level')
    else rooms[oneOf(ROOMS, name, what, 'a room')] = oneOf(LEVELS, level, what, 'a level')
  }
  return { all, rooms }
}

/** A logger that hands on only what the levels let through. */
export function withLevels(logger: Logger, { all, rooms }: LogLevels): Logger {
  const passes = (level: LogLevel, { room }: LogFields): boolean =>
    LEVELS.indexOf(level) >= LEVELS.indexOf(rooms[room] ?? all)
  return {
    debug: (message, fields) => passes('debug', fields) && logger.debug(message, fields),
    info: (message, fields) => passes('info', fields) && logger.info(message, fields),
    warn: (message, fields) => passes('warn', fields) && logger.warn(message, fields),
    error: (message, fields) => passes('error', fields) && logger.error(message, fields),
  }
}

/** A logger that writes lines; `format` makes them. */
export function lineLogger(
  write: (line: string) => void,
  format: (level: LogLevel, message: string, fields: LogFields) => string,
): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields): void =>
      write(format(level, message, fields))
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** `{"time":"…","level":"info","room":"runtime","message":"…", …}`. */
export function logJson(now: number, level: LogLevel, message: string, fields: LogFields): string {
  const { room, ...rest } = fields
  const entry = { time: new Date(now).toISOString(), level, room, message, ...rest }
  return JSON.stringify(entry, bigintAsText)
}

/** `2026-01-01T00:00:00.000Z info  runtime  …`. */
export function logText(now: number, level: LogLevel, message: string, { room }: LogFields): string {
  return `${new Date(now).toISOString()} ${level.padEnd(5)} ${room.padEnd(7)} ${message}`
}

function oneOf<T extends string>(known: readonly T[], found: string, what: string, kind: string): T {
  const match = known.find(candidate => candidate === found)
  if (match !== undefined) return match
  throw new UsageError(
    `${what} says ${JSON.stringify(found)} where ${kind} belongs: ${known.join(', ')}; for example ${what} warn,engine=debug`,
  )
}
