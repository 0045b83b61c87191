/** Which rows a join gives: a closed list, and what follows from each. */
import { describeValue, GraphError } from '../../errors.ts'

/**
 * Which rows a join gives:
 *
 * - `'inner'`: pairs alone
 * - `'left'`, `'right'`, `'full'`: also the elements of that side, of both, that have no partner
 * - `'semi'`, `'anti'`: the elements of the left side that have a partner, that have none; once each
 */
export type JoinHow = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti'

/** All of them, each once: does not compile when one is missing. */
export const HOWS: readonly JoinHow[] = Object.keys({
  inner: true,
  left: true,
  right: true,
  full: true,
  semi: true,
  anti: true,
} satisfies Record<JoinHow, true>) as readonly JoinHow[]

/** A pair of elements of two streams with the same key. */
export interface Joined<K, L, R> {
  readonly key: K
  readonly left: L
  readonly right: R
}

/** The left side of a row: undefined where there may be none. */
export type LeftOf<H extends JoinHow, L> = H extends 'right' | 'full' ? L | undefined : L

/** The right side of a row: undefined where there may be none. */
export type RightOf<H extends JoinHow, R> = H extends 'left' | 'full' ? R | undefined : R

/** What a join gives: rows, or the left elements themselves. */
export type JoinRow<H extends JoinHow, K, L, R> = H extends 'semi' | 'anti'
  ? L
  : Joined<K, LeftOf<H, L>, RightOf<H, R>>

/** The number of the input of the left side; the right one is the next. */
export const LEFT = 0

/** Checks `how`, of which only some may be allowed. Throws `OPTION_INVALID`. */
export function checkHow<H extends JoinHow>(how: unknown, allowed: readonly H[], what: string): H {
  const known = allowed.find(each => each === how)
  if (known !== undefined) return known
  const list = allowed.map(each => JSON.stringify(each)).join(', ')
  throw new GraphError('OPTION_INVALID', `${what}: how is ${describeValue(how)}; expected one of ${list}`)
}
