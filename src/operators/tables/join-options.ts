/** What is said of joins of tables and change streams. */
import type { Key } from '../../codec/index.ts'
import type { Joined, JoinHow, JoinRow, LeftOf, RightOf } from '../joins/how.ts'
import type { StepOptions } from '../scope.ts'
import type { KeyedStream } from '../stream.ts'
import type { KeyedChanges } from './change-stream.ts'
import type { EnrichHow } from './enrich-kernel.ts'
import type { ForeignKeyHow } from './foreign-key-join.ts'
import type { TableJoinHow } from './table-join.ts'

/** Options of a join of two streams that waits for partners for ever. */
export interface UnboundedJoinOptions<H extends JoinHow = 'inner'> extends StepOptions {
  /** All elements of both sides are kept, so that each finds every partner, whenever it comes. */
  readonly unbounded: true
  /** Which rows come out; the default is `'inner'`. */
  readonly how?: H
}

/** What comes out of an unbounded join: rows that stay; where some stand alone until a partner comes, a change stream. */
export type UnboundedJoin<H extends JoinHow, K, L, R> = H extends 'inner' | 'semi'
  ? KeyedStream<K, JoinRow<H, K, L, R>>
  : KeyedChanges<K, JoinRow<H, K, L, R>>

/** Options of a join of change streams. */
export interface ChangesJoinOptions<H extends JoinHow = 'inner'> extends StepOptions {
  /** Which rows come out; the default is `'inner'`. */
  readonly how?: H
}

/** Options of a join of a stream with a table. */
export interface EnrichOptions<H extends EnrichHow = 'inner'> extends StepOptions {
  /** Whether elements without a row come out too (`'left'`), or only they or the others as they are (`'anti'`, `'semi'`); the default is `'inner'`. */
  readonly how?: H
}

/** Options of a join of tables with the same keys. */
export interface TableJoinOptions<H extends TableJoinHow = 'inner'> extends StepOptions {
  /** Which rows come out; the default is `'inner'`. */
  readonly how?: H
}

/** A row of a join of tables. */
export type JoinedTables<H extends TableJoinHow, K, L, R> = Joined<K, LeftOf<H, L>, RightOf<H, R>>

/** Options of a join of a table with another that its rows name. */
export interface ForeignKeyOptions<L, F extends Key, H extends ForeignKeyHow = 'inner'> extends StepOptions {
  /** The key of the right row that belongs to a left one; undefined or null: none does. */
  readonly on: (left: L) => F | undefined | null
  /** Whether left rows without a right one come out too (`'left'`); the default is `'inner'`. */
  readonly how?: H
}
