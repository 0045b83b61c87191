/** Lines of a file that grows. What is read of it, and where it goes on, is in `file-follower.ts`. */

import type { Source } from '../../connect/index.ts'
import { wholeNumber } from '../../errors.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import { DEFAULT_MAX_LINE_BYTES } from '../shared/byte-splitter.ts'
import { type ElementForm, type ElementForms, readerOf } from '../shared/element-form.ts'
import { oneOf, someText } from '../shared/options.ts'
import { FileFollower } from './file-follower.ts'

/** So often a file is looked at unless an option says otherwise. */
export const DEFAULT_POLL_MS = 100

/** Options of `tail`. */
export interface TailOptions<Form extends ElementForm = 'text'> {
  /** What ends each line; `\n` without it. */
  readonly delimiter?: string
  /** Whether the delimiter stays on each element; it does not without this. */
  readonly keepDelimiter?: boolean
  /**
   * `start`: with the first line of the file, and so without it. `end`: with the first line that is
   * completed after the start of the first run; a file that comes into being later is read whole.
   */
  readonly from?: 'start' | 'end'
  /** How long to wait at the end of the file before the next look; 100 ms without it. */
  readonly poll?: Duration
  /** A file that does not exist yet: `wait` for it, and so without it, or `fail`. */
  readonly missing?: 'wait' | 'fail'
  /**
   * `wait` at the end of the file for more, and so without it; `stop`: the run ends there, the last line
   * given with or without delimiter.
   */
  readonly atEnd?: 'wait' | 'stop'
  /**
   * A last line without delimiter when the run is stopped: `keep` it for the next run, which gives it
   * when it is complete, and so without this; `give` it as it is: the next run goes on behind it.
   */
  readonly unfinished?: 'keep' | 'give'
  /** `text` (UTF-8) or `bytes`; text without it. */
  readonly as?: Form
  /** A longer line ends the run, and is not skipped; 16 MiB without it. */
  readonly maxLineBytes?: number
}

/**
 * Gives the lines of a file as it grows, in order, each once and without its delimiter.
 *
 * A line is given when its delimiter is there. A file that was rotated (renamed, and a new one made) is
 * read to its end, for one look longer than the new one is there, then the new one from its beginning. A
 * file that became shorter, or holds something else where was read before, was truncated and is read
 * from its beginning. In both cases an unfinished last line of what was before is given, as nobody can
 * finish it any more. What is rotated or truncated twice between two looks may be missed.
 *
 * Run again, it goes on behind the last line that was emitted; the position is kept in memory, so a new
 * process starts as `from` says. In memory: 64 KiB, and an unfinished line. A folder, a file without
 * right to it or a line that is too long end the run with `SOURCE_FAILED`.
 */
export function tail<Form extends ElementForm = 'text'>(
  path: string,
  options: TailOptions<Form> = {},
): Source<ElementForms[Form]> {
  const name = `file ${someText(path, 'tail: the path')}`
  const follower = new FileFollower({
    name,
    path,
    delimiter: someText(options.delimiter ?? '\n', `${name}: delimiter`),
    keepDelimiter: options.keepDelimiter ?? false,
    from: oneOf(options.from ?? 'start', `${name}: from`, ['start', 'end'] as const),
    pollMs: positiveDurationMs(options.poll ?? DEFAULT_POLL_MS, `${name}: poll`),
    missing: oneOf(options.missing ?? 'wait', `${name}: missing`, ['wait', 'fail'] as const),
    atEnd: oneOf(options.atEnd ?? 'wait', `${name}: atEnd`, ['wait', 'stop'] as const),
    unfinished: oneOf(options.unfinished ?? 'keep', `${name}: unfinished`, ['keep', 'give'] as const),
    decode: readerOf(options.as, name),
    maxLineBytes: wholeNumber(options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES, `${name}: maxLineBytes`, 1),
  })
  return { name, run: host => follower.run(host) }
}
