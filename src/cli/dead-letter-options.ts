/** How the commands on dead letters say which are meant. */
import { UsageError } from '../errors.ts'
import type { LetterFilter } from '../runtime/index.ts'
import type { Arguments } from './arguments.ts'
import type { Option } from './command.ts'

/** The options that choose letters. */
export const LETTER_OPTIONS: Readonly<Record<string, Option>> = {
  step: { value: 'STEP', help: 'only those of this step' },
  partition: { value: 'P', help: 'only those in this partition' },
  offsets: { value: 'FROM-TO', help: 'only these offsets, both included; or one of them' },
}

/** The letters that the options choose. */
export function letterFilter(args: Arguments): LetterFilter {
  const offsets = args.text('offsets')
  return {
    step: args.text('step'),
    partition: args.wholeNumber('partition', 0),
    ...(offsets === undefined ? {} : offsetRange(offsets)),
  }
}

/** Whether any of the options was given. */
export function choosesLetters(args: Arguments): boolean {
  return Object.keys(LETTER_OPTIONS).some(name => args.flag(name))
}

function offsetRange(text: string): { readonly from: number; readonly to: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text)
  const from = Number(match?.[1])
  const last = Number(match?.[2] ?? match?.[1])
  if (Number.isSafeInteger(from) && Number.isSafeInteger(last) && from <= last) return { from, to: last + 1 }
  throw new UsageError(`--offsets is ${JSON.stringify(text)}; expected an offset, or FROM-TO such as 10-99`)
}
