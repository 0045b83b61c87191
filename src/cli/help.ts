/** The texts of `--help`, made from what the commands say of themselves. */
import type { Command } from './command.ts'

const INTRODUCTION = 'Sluice: stream processing for TypeScript.'

/** `sluice --help`: all commands. */
export function mainHelp(commands: readonly Command[]): string {
  const rows = commands.map(command => [usageWords(command), command.summary] as const)
  return [
    INTRODUCTION,
    '',
    'Usage: sluice COMMAND [OPTIONS]',
    '',
    ...table(rows, '  '),
    '',
    'Options:',
    ...table(
      [
        ['--help', 'what a command does, its options and examples: sluice COMMAND --help'],
        ['--version', 'the version of sluice'],
      ],
      '  ',
    ),
    '',
    'Examples:',
    '  sluice topic create readings --partitions 4',
    '  sluice topic write readings readings.jsonl --key sensor',
    '  sluice run sums.ts --drain',
    '  sluice topic read sums --values',
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 and 143 stopped by SIGINT and SIGTERM.',
  ].join('\n')
}

/** `sluice COMMAND --help`: one command, or all that begin with the same word. */
export function commandHelp(commands: readonly Command[]): string {
  return commands.map(oneHelp).join('\n\n')
}

function oneHelp(command: Command): string {
  const options = Object.entries(command.options).map(
    ([name, option]) => [optionWords(name, option.value), option.help] as const,
  )
  const examples = command.examples.map(([line, meaning]) => [line, meaning] as const)
  return [
    `sluice ${usageLine(command)}`,
    `  ${command.summary}`,
    ...(command.details ?? []).map(line => `  ${line}`),
    ...(options.length === 0 ? [] : ['', '  Options:', ...table(options, '    ')]),
    ...(examples.length === 0 ? [] : ['', '  Examples:', ...table(examples, '    ')]),
  ].join('\n')
}

function usageLine(command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => {
    const words = optionWords(name, option.value)
    return option.multiple === true ? `[${words}]…` : `[${words}]`
  })
  return [usageWords(command), ...options].join(' ')
}

function usageWords(command: Command): string {
  return [command.name, ...command.positionals].join(' ')
}

function optionWords(name: string, value: string | undefined): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`
}

function table(rows: readonly (readonly [string, string])[], indent: string): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${indent}${left.padEnd(width)}  ${right}`)
}
