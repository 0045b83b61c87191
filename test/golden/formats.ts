/** Recorded cases of other systems: tells a case's format by its fields, and plays it. */
import { type ChangelogCase, changelogDifferences } from './changelog/play.ts'
import { type MatchRecognizeCase, type PatternCase, patternDifferences } from './patterns/play.ts'
import { type SqlCase, sqlDifferences } from './sql/play.ts'
import { differences, play, type StreamzCase } from './streamz/play.ts'
import { type WindowCase, windowDifferences } from './windows/play.ts'

/** What came of a case. */
export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly why: readonly string[] }
  /** It ran, but what was recorded is known to be wrong. */
  | { readonly kind: 'uncounted' }
  /** The format is known, but nothing plays it yet. */
  | { readonly kind: 'unbuilt'; readonly format: string }

type RecordedCase = Readonly<Record<string, unknown>>

/** Fields by which the formats that are not built yet are told. */
const UNBUILT: Readonly<Record<string, string>> = {
  chunks: 'data frames',
  stages: 'patterns',
  kind: 'patterns',
}

/** Plays one case. Throws for a format that nobody knows. */
export async function playCase(recorded: RecordedCase): Promise<Verdict> {
  if ('graph' in recorded) return playStreamz(recorded as unknown as StreamzCase)
  if ('window' in recorded && 'events' in recorded) {
    return judge(() => windowDifferences(recorded as unknown as WindowCase))
  }
  if ('tables' in recorded) return judge(() => sqlDifferences(recorded as unknown as SqlCase))
  if ('topology' in recorded) return judge(() => changelogDifferences(recorded as unknown as ChangelogCase))
  if (recorded['kind'] === 'pattern' || recorded['kind'] === 'matchRecognize') {
    return judge(() => patternDifferences(recorded as unknown as PatternCase | MatchRecognizeCase))
  }
  for (const [field, format] of Object.entries(UNBUILT)) {
    if (field in recorded) return { kind: 'unbuilt', format }
  }
  return { kind: 'failed', why: [`has fields ${Object.keys(recorded).join(', ')}, which no format has`] }
}

async function playStreamz(recorded: StreamzCase): Promise<Verdict> {
  const verdict = await judge(async () => differences(recorded, await play(recorded)))
  const ran = verdict.kind === 'passed' || !verdict.threw
  return recorded.streamzLosesData === true && ran ? { kind: 'uncounted' } : verdict
}

async function judge(
  play: () => Promise<readonly string[]>,
): Promise<{ kind: 'passed' } | { kind: 'failed'; why: readonly string[]; threw: boolean }> {
  try {
    const why = await play()
    return why.length === 0 ? { kind: 'passed' } : { kind: 'failed', why, threw: false }
  } catch (thrown) {
    const why = [thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)]
    return { kind: 'failed', why, threw: true }
  }
}
