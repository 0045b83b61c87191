/** Finds the command that is meant, and runs it to its exit code. */
import { readFileSync } from 'node:fs'
import { UsageError } from '../errors.ts'
import { readArguments } from './arguments.ts'
import { type Command, EXIT } from './command.ts'
import { COMMANDS } from './commands.ts'
import { exitCodeOf, sayError } from './error-text.ts'
import { commandHelp, mainHelp } from './help.ts'
import { nearest } from './nearest.ts'
import { Terminal } from './terminal.ts'

/** Does what the words after `sluice` say, and ends the process with the exit code. */
export async function dispatch(words: readonly string[]): Promise<never> {
  const terminal = new Terminal(process.stdout, process.stderr)
  // a promise of the user's program that never settles leaves nothing to wait for
  process.on('beforeExit', () => {
    terminal.say('error: the program waits for something that can no longer happen, such as a promise')
    process.exit(EXIT.failed)
  })
  const exitCode = await runWords(words, terminal).catch((thrown: unknown) => {
    sayError(thrown, terminal)
    return exitCodeOf(thrown)
  })
  await terminal.end()
  const { failure } = terminal
  if (failure === undefined) return process.exit(exitCode)
  terminal.say(`error: not everything could be written to standard output: ${failure.message}`)
  return process.exit(EXIT.failed)
}

async function runWords(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first = ''] = words
  if (first === '--version') return print(terminal, version())
  if (first === '' || first === '--help' || first === '-h' || first === 'help')
    return print(terminal, mainHelp(COMMANDS))
  const family = COMMANDS.filter(command => command.name.split(' ')[0] === first)
  if (family.length === 0) throw unknownCommand(first)
  const wantsHelp = words.includes('--help') || words.includes('-h')
  const command = family.find(({ name }) => words.slice(0, 2).join(' ') === name || name === first)
  if (wantsHelp) return print(terminal, commandHelp(command === undefined ? family : [command]))
  if (command === undefined) throw unknownPart(first, words[1], family)
  return command.run(readArguments(command, words.slice(command.name.split(' ').length)), terminal)
}

function print(terminal: Terminal, text: string): number {
  terminal.line(text)
  return EXIT.done
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), { encoding: 'utf8' }),
  )
  return (manifest as { readonly version: string }).version
}

function unknownCommand(word: string): UsageError {
  const names = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? ''))]
  const known = nearest(word.replace(/^--?/, ''), names)
  const what = word.startsWith('-') ? 'option' : 'command'
  return new UsageError(
    `there is no ${what} "${word}"${known === undefined ? '; see "sluice --help"' : `; did you mean "sluice ${known}"?`}`,
  )
}

function unknownPart(first: string, second: string | undefined, family: readonly Command[]): UsageError {
  const parts = family.map(({ name }) => name.split(' ')[1] ?? '')
  const list = parts.map(part => `"sluice ${first} ${part}"`).join(', ')
  if (second === undefined) return new UsageError(`say what to do: ${list}`)
  const known = nearest(second, parts)
  const hint = known === undefined ? `there are ${list}` : `did you mean "sluice ${first} ${known}"?`
  return new UsageError(`there is no command "sluice ${first} ${second}"; ${hint}`)
}
