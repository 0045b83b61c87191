/** The options that say what may be removed from a topic, and the rules as people read them. */
import type { TopicRules } from '../broker/index.ts'
import { UsageError } from '../errors.ts'
import { formatDuration } from '../time/index.ts'
import type { Arguments } from './arguments.ts'
import type { Option } from './command.ts'
import { sizeText } from './texts.ts'

/** What takes a limit away. */
const NONE = 'none'

/** The options of `topic create`. */
export const RULE_OPTIONS: Readonly<Record<string, Option>> = {
  retention: { value: 'DURATION', help: 'records that were appended longer ago are removed, such as 7d' },
  'retention-bytes': {
    value: 'SIZE',
    help: 'the oldest records are removed while a partition is larger, such as 1GB',
  },
  'retention-force': { help: 'also records that an app has still to read' },
  compact: { help: 'of the records with the same key only the last one is kept' },
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?$/i
const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 }

/** The rules that stood before, changed as the options say; `none` takes a limit away. */
export function rulesFrom(args: Arguments, before: TopicRules = {}): TopicRules {
  const { ageMs, bytes, force = false } = before.retention ?? {}
  const newAge = limit(args, 'retention', ageMs, () => args.durationMs('retention'))
  const newBytes = limit(args, 'retention-bytes', bytes, text => sizeBytes(text))
  const isForced = isOn(args, 'retention-force', force)
  if (args.flag('retention-force') && newAge === undefined && newBytes === undefined)
    throw new UsageError(
      '--retention-force says how --retention or --retention-bytes removes; give one of them',
    )
  return {
    retention: {
      ...(newAge === undefined ? {} : { ageMs: newAge }),
      ...(newBytes === undefined ? {} : { bytes: newBytes }),
      force: isForced,
    },
    compact: isOn(args, 'compact', before.compact === true),
  }
}

/** Such as `keeps 7d, at most 1.0 GB per partition, the last record of each key`; undefined for everything. */
export function rulesText({ retention, compact }: TopicRules): string | undefined {
  const kept: string[] = []
  if (retention?.ageMs !== undefined) kept.push(formatDuration(retention.ageMs))
  if (retention?.bytes !== undefined) kept.push(`at most ${sizeText(retention.bytes)} per partition`)
  if (compact === true) kept.push('the last record of each key')
  if (kept.length === 0) return undefined
  const force = retention?.force === true ? ', also before apps have read the rest' : ''
  return `keeps ${kept.join(', ')}${force}`
}

function limit(
  args: Arguments,
  name: string,
  before: number | undefined,
  parse: (text: string) => number | undefined,
): number | undefined {
  const text = args.text(name)
  if (text === undefined) return before
  return text === NONE ? undefined : parse(text)
}

function isOn(args: Arguments, name: string, before: boolean): boolean {
  if (args.flag(name) && args.flag(`no-${name}`))
    throw new UsageError(`say --${name} or --no-${name}, not both`)
  return args.flag(name) || (before && !args.flag(`no-${name}`))
}

function sizeBytes(text: string): number {
  const [, number, unit = 'B'] = SIZE.exec(text) ?? []
  const bytes = Math.round(Number(number) * (UNIT_BYTES[unit.toLowerCase()] ?? Number.NaN))
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new UsageError(
    `--retention-bytes is ${JSON.stringify(text)}; expected bytes, or a number with a unit such as 500MB or 1GB`,
  )
}
