/** State that is stored is plain data: what is written is checked before it is too late to say who wrote it. */
import type { Key } from '../../codec/index.ts'
import { CodecError, describeValue, messageOf } from '../../errors.ts'
import type { Cells } from '../../state/index.ts'

/**
 * So many writes into each cell are tried out at once, so that what cannot be stored is refused in the call
 * that wrote it. Drafts are all tried: there a policy lets the app go on.
 */
const CHECKED_WRITES = 32

/** Refuses what cannot be stored. */
export class PlainCheck {
  readonly #cell: string
  readonly #cells: Cells
  #left = CHECKED_WRITES

  constructor(cell: string, cells: Cells) {
    this.#cell = cell
    this.#cells = cells
  }

  /** Throws `ENCODE_FAILED` that names cell and key. */
  check(value: unknown, key: Key, isDraft: boolean): void {
    if (this.#left <= 0 && !isDraft) return
    this.#left--
    // Most are what needs no trying.
    if (typeof value === 'string' || typeof value === 'boolean') return
    try {
      this.#cells.tryOut(value)
    } catch (thrown) {
      const of = key === '' ? '' : ` of key ${describeValue(key)}`
      throw new CodecError(
        'ENCODE_FAILED',
        `cell "${this.#cell}"${of} was given ${describeValue(value)}, which cannot be stored: ${messageOf(thrown)}; state is plain data: keep what it is made from`,
        { cause: thrown },
      )
    }
  }
}

/** What a draft may change in place without changing what it was read from. */
export function copyOf<V>(value: V): V {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value
}
