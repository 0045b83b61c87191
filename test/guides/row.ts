/** Rows of the guides that lead here from other libraries: code of both sides, and a test of it. */
import assert from 'node:assert/strict'
import { ManualClock, Stream } from 'sluice'
import { turn } from '../live/turns.ts'

const STEP_MS = 10
const MANY = 100

/** A row of a table. */
export interface Row {
  /** The line of the other library. */
  readonly other: string
  /** The line of Sluice, as it is run. */
  readonly ours: string
  readonly differs: string
  /** Runs the line of Sluice. */
  readonly test: () => Promise<void>
}

/** What is given to a line: elements one after the other, or at their moments. */
export interface Play<T> {
  readonly in: readonly T[]
  readonly out: readonly unknown[]
  /** Between two elements; without it they come at once, and time stands still. */
  readonly everyMs?: number
  /** How long to wait before the end. */
  readonly thenMs?: number
  /** Whether `out` has the moments beside the elements. */
  readonly moments?: boolean
}

/** A row whose line makes a stream of a stream `s`. */
export function row<T>(
  other: string,
  line: (s: Stream<T>, clock: ManualClock) => Stream<unknown>,
  ...[play, differs = '']: readonly [Play<T>, string?]
): Row {
  const test = async (): Promise<void> => {
    assert.deepEqual(await playLine(line, play), play.out)
  }
  return { other, ours: codeOf(line), differs, test }
}

/** A row whose line is tried by a test of its own. */
export function special<F extends (...given: never[]) => unknown>(
  other: string,
  line: F,
  ...[test, differs = '']: readonly [(line: F) => Promise<void>, string?]
): Row {
  return { other, ours: codeOf(line), differs, test: () => test(line) }
}

/** A row without a line: there is nothing like it, and the remark says what to do. */
export function nothing(other: string, differs: string): Row {
  return { other, ours: '', differs, test: async () => {} }
}

/** The rows as a table of Markdown. */
export function tableOf(rows: readonly Row[], head: readonly string[]): string {
  const lines = rows.map(({ other, ours, differs }) => [cell(other), cell(ours), differs])
  return [head, head.map(() => '---'), ...lines].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

/** What the line gives for what it is given. */
export async function playLine<T>(
  line: (s: Stream<T>, clock: ManualClock) => Stream<unknown>,
  { in: input, everyMs = 0, thenMs = 0, moments = false }: Play<T>,
): Promise<readonly unknown[]> {
  const clock = new ManualClock()
  const stream = new Stream<T>({ clock })
  const out: unknown[] = []
  line(stream, clock).sink(value => {
    out.push(moments ? [clock.now(), value] : value)
  })
  for (const value of input) {
    stream.emit(value)?.catch(() => undefined)
    await advance(clock, everyMs)
  }
  await advance(clock, thenMs)
  stream.end()?.catch(() => undefined)
  await advance(clock, MANY * STEP_MS)
  await stream.dispose()
  return out
}

/** Moves the clock on, step by step. */
export async function advance(clock: ManualClock, ms: number): Promise<void> {
  await turn()
  for (let left = ms; left > 0; left -= STEP_MS) {
    clock.advance(Math.min(STEP_MS, left))
    await turn()
  }
}

/** The body of an arrow function as it is written, in one line. */
export function codeOf(line: (...given: never[]) => unknown): string {
  const text = String(line).replace(/\s+/g, ' ')
  const body = text.slice(text.indexOf('=> ') + 3)
  const inner = body.startsWith('{') ? body.slice(1, -1) : body
  return inner
    .trim()
    .replaceAll('( ', '(')
    .replaceAll(' )', ')')
    .replaceAll(',)', ')')
    .replaceAll(' .', '.')
    .replaceAll(', }', ' }')
    .replaceAll(' ,', ',')
    .replaceAll('Stream (', 'Stream(')
}

function cell(code: string): string {
  return code === '' ? '' : `\`${code.replaceAll('|', '\\|')}\``
}
