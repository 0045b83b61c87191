/** What a command is: its words, its options, its help, and what it does. */
import type { Arguments } from './arguments.ts'
import type { Terminal } from './terminal.ts'

/** The exit codes; a stop by a signal adds 128 to the signal's number. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const

/** An option of a command. */
export interface Option {
  /** What stands for its value in the help, such as `URL`; undefined for one without a value. */
  readonly value?: string
  readonly help: string
  /** Whether it may be given several times. */
  readonly multiple?: boolean
}

/** One command, such as `topic read`. */
export interface Command {
  /** Its words after `sluice`. */
  readonly name: string
  /** Its arguments in order; those that may be missing in brackets. */
  readonly positionals: readonly string[]
  readonly summary: string
  /** Further lines of its help. */
  readonly details?: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[]
  /** Gives the exit code; what it throws becomes 1, or 2 for a `UsageError`. */
  run(args: Arguments, terminal: Terminal): Promise<number>
}

/** The option that nearly every command has. */
export const BROKER_OPTION: Option = {
  value: 'URL',
  help: 'where the topics are: file:PATH (or SLUICE_BROKER; else file:./.sluice)',
}

/** The option of everything that prints a table. */
export const JSON_OPTION: Option = { help: 'print one JSON object per line instead of a table' }
