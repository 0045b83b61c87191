/** Reads a command line: what is unknown or missing is a `UsageError` that names the likely fix. */
import { parseArgs } from 'node:util'
import { GraphError, UsageError } from '../errors.ts'
import { positiveDurationMs } from '../time/index.ts'
import type { Command } from './command.ts'
import { nearest } from './nearest.ts'

/** The arguments of one call of a command, checked against what it knows. */
export class Arguments {
  readonly #positionals: readonly string[]
  readonly #options: ReadonlyMap<string, readonly string[]>

  constructor(positionals: readonly string[], options: ReadonlyMap<string, readonly string[]>) {
    this.#positionals = positionals
    this.#options = options
  }

  /** The argument at this place; empty where it may be missing and is. */
  positional(index: number): string {
    return this.#positionals[index] ?? ''
  }

  flag(name: string): boolean {
    return this.#options.has(name)
  }

  /** The value of an option; the last one counts. */
  text(name: string): string | undefined {
    return this.#options.get(name)?.at(-1)
  }

  /** All values of an option that may be given several times. */
  texts(name: string): readonly string[] {
    return this.#options.get(name) ?? []
  }

  /** The value of an option with its unit, as milliseconds, more than none. */
  durationMs(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (/^\d+$/.test(text)) {
      throw new UsageError(`--${name} is ${text}; say the unit: --${name} ${text}s or --${name} ${text}ms`)
    }
    try {
      return positiveDurationMs(text, `--${name}`)
    } catch (thrown) {
      if (thrown instanceof GraphError) throw new UsageError(thrown.message, { cause: thrown })
      throw thrown
    }
  }

  /** The value of an option as a whole number of at least `min`. */
  wholeNumber(name: string, min: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const number = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= min) return number
    throw new UsageError(`--${name} is ${JSON.stringify(text)}; expected a whole number ≥ ${min}`)
  }
}

/** Reads what stands after a command's words. Throws `UsageError`. */
export function readArguments(command: Command, words: readonly string[]): Arguments {
  const { tokens } = parseArgs({
    args: [...words],
    options: parserOptions(command),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const positionals: string[] = []
  const options = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    checkOption(command, token)
    const given = options.get(token.name) ?? []
    options.set(token.name, given)
    if (token.value !== undefined) given.push(token.value)
  }
  checkPositionals(command, positionals)
  return new Arguments(positionals, options)
}

function parserOptions(command: Command): Record<string, { type: 'string' | 'boolean'; multiple: true }> {
  return Object.fromEntries(
    Object.entries(command.options).map(([name, { value }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string', multiple: true },
    ]),
  )
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function checkOption(command: Command, token: OptionToken): void {
  const option = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined
  if (option === undefined || token.rawName !== `--${token.name}`) {
    const known = nearest(token.name, Object.keys(command.options))
    const hint = known === undefined ? helpHint(command) : `; did you mean --${known}?`
    throw new UsageError(`"sluice ${command.name}" has no option ${token.rawName}${hint}`)
  }
  if (option.value === undefined && token.value !== undefined) {
    throw new UsageError(`--${token.name} takes no value; found ${JSON.stringify(token.value)}`)
  }
  const isMissing = token.value === undefined || token.value === ''
  const isOption = token.inlineValue === false && token.value?.startsWith('--') === true
  if (option.value !== undefined && (isMissing || isOption)) {
    throw new UsageError(`--${token.name} needs a value: --${token.name} ${option.value}`)
  }
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const needed = command.positionals.filter(name => !name.startsWith('['))
  const missing = needed[positionals.length]
  if (missing !== undefined)
    throw new UsageError(`"sluice ${command.name}" needs ${missing}${helpHint(command)}`)
  const extra = positionals[command.positionals.length]
  if (extra === undefined) return
  const takes = command.positionals.join(' ') || 'no arguments'
  throw new UsageError(
    `"sluice ${command.name}" takes ${takes}, and found ${JSON.stringify(extra)} besides${helpHint(command)}`,
  )
}

function helpHint(command: Command): string {
  return `; see "sluice ${command.name} --help"`
}
