/** Streams of rows that come and go, and tables, which have one row per key. */
import type { Key } from '../../codec/index.ts'
import { describeValue, GraphError } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import { BaseStream } from '../base-stream.ts'
import { checkFunction, checkOptions, describeOperand } from '../check-options.ts'
import { CoreStream } from '../core-stream.ts'
import type { FoldedParts, FoldedStream } from '../folded-stream.ts'
import { checkHow, HOWS, type JoinHow, type JoinRow } from '../joins/how.ts'
import { RunningStream } from '../running-stream.ts'
import type { StepOptions } from '../scope.ts'
import type { KeyedStream, KeyField, Stream } from '../stream.ts'
import type { TopicFor } from '../topic.ts'
import { type RetractOption, type WindowOptions, windowRules } from '../window/window-options.ts'
import { checkWindows, type Windows } from '../window/windows.ts'
import { WindowedStream } from '../windowed-stream.ts'
import { type Change, differences, isTouch, kept, onRows, splitByKey } from './change.ts'
import {
  type Answer,
  answeredKernel,
  answerKernel,
  askKernel,
  FOREIGN_KEY_HOWS,
  type ForeignKeyHow,
  type Question,
} from './foreign-key-join.ts'
import type { ChangesJoinOptions, ForeignKeyOptions, JoinedTables, TableJoinOptions } from './join-options.ts'
import { regularJoin } from './regular-join.ts'
import { stepOfTwo } from './step-of-two.ts'
import { type SuppressOptions, suppressKernel, suppressRules } from './suppress-kernel.ts'
import { TABLE_HOWS, type TableJoinHow, tableJoin } from './table-join.ts'
import { type Update, updatesKernel } from './updates-kernel.ts'

/**
 * Rows that come, go and are replaced. What is made of them is corrected with each change: a sum takes back what
 * a row that goes had added. Functions are called with a row when it comes and again when it goes, and must make
 * the same of it: they may look at nothing but the row.
 */
export class ChangeStream<out T> {
  protected readonly inner: Stream<Change<T>>

  constructor(inner: Stream<Change<T>>) {
    this.inner = inner
  }

  /** Makes one row of each. */
  map<U>(fn: (row: T) => U, options: StepOptions = {}): ChangeStream<U> {
    return new ChangeStream(this.mapped(fn, options))
  }

  /** Keeps the rows for which `fn` gives true: one that a change makes such a row comes, one that is it no more goes. */
  filter<U extends T>(fn: (row: T) => row is U, options?: StepOptions): ChangeStream<U>
  filter(fn: (row: T) => boolean, options?: StepOptions): ChangeStream<T>
  filter(fn: (row: T) => boolean, options: StepOptions = {}): ChangeStream<T> {
    return new ChangeStream(this.filtered(fn, options))
  }

  /** Makes any number of rows of each. Of a row that is replaced, what stays the same neither goes nor comes. */
  flatMap<U>(fn: (row: T) => Iterable<U>, options: StepOptions = {}): ChangeStream<U> {
    checkFunction(fn, 'flatMap')
    return new ChangeStream(this.inner.flatMap(change => differences(change, fn), options))
  }

  /** All rows of this stream and the others. */
  merge<U>(...others: readonly ChangeStream<U>[]): ChangeStream<T | U> {
    for (const other of others) {
      if (other instanceof ChangeStream) continue
      throw new GraphError(
        'OPTION_INVALID',
        `merge was given ${describeOperand(other)}; expected a table or a change stream: toTable() makes one of a keyed stream`,
      )
    }
    return new ChangeStream<T | U>(this.inner.merge(...others.map(other => other.inner)))
  }

  /** Brings rows of equal key together, by a field or a function. A row whose key changes goes there and comes here. */
  keyBy<F extends KeyField<T>>(field: F, options?: StepOptions): KeyedChanges<T[F], T>
  keyBy<const K extends Key>(fn: (row: T) => K, options?: StepOptions): KeyedChanges<K, T>
  keyBy(by: string | ((row: T) => Key), options: StepOptions = {}): KeyedChanges<never, T> {
    const keyOf = rowKey<T>(by)
    const keyed = this.inner
      .flatMap(change => splitByKey(change, keyOf))
      // A change has a row, before or after: those without any were left out.
      .keyBy(({ before, after }) => keyOf((after ?? before) as T), options)
    // Of what type the keys are, the overloads say.
    return new KeyedChanges(keyed as KeyedStream<never, Change<T>>)
  }

  /** Each change as an element, `{ before, after }`: null where there is no row. */
  toChangelog(): Stream<Change<T>> {
    return this.inner
  }

  protected mapped<U>(fn: (row: T) => U, options: StepOptions): Stream<Change<U>> {
    checkFunction(fn, 'map')
    return this.inner.map(onRows(fn), options)
  }

  protected filtered(fn: (row: T) => boolean, options: StepOptions): Stream<Change<T>> {
    checkFunction(fn, 'filter')
    return this.inner.flatMap(change => kept(change, fn), options)
  }
}

/** Rows that come and go, with keys: each key may have any number of them. */
export class KeyedChanges<out K, out T> extends ChangeStream<T> {
  declare protected readonly inner: KeyedStream<K, Change<T>>

  // The compiler asks for what the base class would take.
  constructor(inner: KeyedStream<K, Change<T>>) {
    super(inner)
  }

  /** Aggregates the rows of each key; a key without rows has no result. Results are the rows of a table. */
  running(): RunningStream<K, T, 'runningTable'> {
    return new RunningStream(this.folded, true)
  }

  /**
   * Aggregates rows in windows, by the time of each change. What replaces a row takes it back at its own time: so
   * this is for rows that keep their time, as results of windows do.
   */
  window(windows: Windows, options: WindowOptions & RetractOption<true>): FoldedStream<'windowTable', K, T>
  window(
    windows: Windows,
    options?: WindowOptions & Partial<RetractOption<false>>,
  ): FoldedStream<'window', K, T>
  window(windows: Windows, options: WindowOptions & Partial<RetractOption> = {}): unknown {
    checkWindows(windows)
    return new WindowedStream(this.folded, windows, windowRules(options))
  }

  /**
   * The join of the rows that have the same key, always as both sides are: a row that stood alone goes when a partner
   * comes. Rows are kept as long as they are there.
   */
  join<R, const H extends JoinHow = 'inner'>(
    right: KeyedChanges<K, R>,
    options?: ChangesJoinOptions<H>,
  ): KeyedChanges<K, JoinRow<H, K, T, R>>
  join(right: KeyedChanges<unknown, unknown>, options: ChangesJoinOptions<JoinHow> = {}): unknown {
    checkChanges(right, 'join')
    checkOptions(options, ['how', 'id', 'onError'], 'join')
    const { how = 'inner', ...rest } = options
    const rules = { how: checkHow(how, HOWS, 'join'), changes: [true, true] } as const
    return new KeyedChanges(this.joinedWith(right.keyed(), regularJoin(rules), 'joinChanges', rest))
  }

  /** The stream of a step with these changes on the left and another stream on the right. */
  protected joinedWith<U>(
    right: KeyedStream<unknown, unknown>,
    factory: KernelFactory,
    name: 'joinChanges' | 'foreignKey',
    options: StepOptions,
  ): KeyedStream<K, Change<U>> {
    // Of what rows it is, whoever names the kernel says.
    return stepOfTwo(this.keyed(), right, { factory, name, options }) as KeyedStream<K, Change<U>>
  }

  /** What aggregations need. */
  protected get folded(): FoldedParts {
    return foldedParts(this.keyed(), true)
  }

  /** The changes, those of each key where its shard is. */
  protected keyed(): KeyedStream<K, Change<T>> {
    return this.inner
  }
}

/**
 * Rows by key: each key has one row or none, which changes replace. Made by `toTable`, by aggregations with
 * `retract: true`, or of other tables.
 */
export class Table<out K, out T> extends KeyedChanges<K, T> {
  readonly #isPlaced: boolean

  /** `isPlaced` says whether the changes of a key are where its shard is. */
  constructor(inner: KeyedStream<K, Change<T>>, isPlaced: boolean) {
    super(inner)
    this.#isPlaced = isPlaced
  }

  override map<U>(fn: (row: T) => U, options: StepOptions = {}): Table<K, U> {
    return this.#with(this.mapped(fn, options))
  }

  override filter<U extends T>(fn: (row: T) => row is U, options?: StepOptions): Table<K, U>
  override filter(fn: (row: T) => boolean, options?: StepOptions): Table<K, T>
  override filter(fn: (row: T) => boolean, options: StepOptions = {}): Table<K, T> {
    return this.#with(this.filtered(fn, options))
  }

  /**
   * The join with a table of the same keys: one row per key, which changes as either side does. With `on`, a left
   * row is joined with the right row whose key `on` gives, its foreign key, and the joined rows have the left keys.
   */
  override join<F extends Key, R, const H extends ForeignKeyHow = 'inner'>(
    right: Table<F, R>,
    options: ForeignKeyOptions<T, F, H>,
  ): Table<K, JoinedTables<H, K, T, R>>
  override join<R, const H extends TableJoinHow = 'inner'>(
    right: Table<K, R>,
    options?: TableJoinOptions<H>,
  ): Table<K, JoinedTables<H, K, T, R>>
  override join<R, const H extends JoinHow = 'inner'>(
    right: KeyedChanges<K, R>,
    options?: ChangesJoinOptions<H>,
  ): KeyedChanges<K, JoinRow<H, K, T, R>>
  override join(right: unknown, options: object = {}): unknown {
    // Of a change stream that is no table, a key may have several rows.
    if (!(right instanceof Table)) return super.join(right as KeyedChanges<never, unknown>, options)
    // Which of the joins it is, the options say; what they hold is checked.
    if (options !== null && 'on' in options)
      return this.#joinOn(right as Table<Key, unknown>, options as ForeignKeyOptions<T, Key, ForeignKeyHow>)
    checkOptions(options, ['how', 'on', 'id', 'onError'], 'join of tables')
    const { how = 'inner', ...rest } = options as TableJoinOptions<TableJoinHow>
    const factory = tableJoin(checkHow(how, TABLE_HOWS, 'join of tables'))
    return new Table(this.joinedWith(right.keyed(), factory, 'joinChanges', rest), true)
  }

  #joinOn(right: Table<Key, unknown>, options: ForeignKeyOptions<T, Key, ForeignKeyHow>): Table<K, unknown> {
    checkOptions(options, ['on', 'how', 'id', 'onError'], 'join with on')
    const { on, how = 'inner', ...rest } = options
    checkFunction(on, 'join: on')
    const known = checkHow(how, FOREIGN_KEY_HOWS, 'join with on')
    const left = this.keyed()
    const ask = BaseStream.kernelOn(left, 'foreignKey', askKernel(on as (row: unknown) => unknown), {
      as: 'ask',
      within: WITHIN,
    })
    // Questions, answers: what the steps of a foreign-key join give.
    const asked = BaseStream.onPort(left, ask) as Stream<Question>
    // Rows that name no key are answered where their own key is.
    const questions = asked.keyBy(({ foreignKey, leftKey }) => foreignKey ?? leftKey)
    const answers = stepOfTwo(questions, right.keyed(), {
      factory: answerKernel(),
      name: 'foreignKey',
      options: { as: 'answer', within: WITHIN },
    }) as Stream<Answer>
    const answered = answers.keyBy(({ leftKey }) => leftKey)
    const port = BaseStream.kernelOn(answered, 'foreignKey', answeredKernel(known), {
      ...rest,
      as: 'join',
      within: WITHIN,
    })
    // Answers are keyed by the left keys.
    return new Table(BaseStream.onPort(answered, port) as KeyedStream<K, Change<unknown>>, true)
  }

  /** Each change as the row that is there after it: `{ key, value }`, with the value null where there is none. */
  updates(options: StepOptions = {}): KeyedStream<K, Update<K, T>> {
    const keyed = this.keyed()
    // It gives the keys and rows of this table.
    return BaseStream.onPort(
      keyed,
      BaseStream.kernelOn(keyed, 'updates', updatesKernel(), options),
    ) as KeyedStream<K, Update<K, T>>
  }

  override toChangelog(): KeyedStream<K, Change<T>> {
    return this.keyed()
  }

  /**
   * Lets each key have one change in each interval at most: those that come between are made one. With the
   * default, `time: 'event'`, intervals are of event time.
   */
  suppress(options: SuppressOptions): Table<K, T> {
    checkOptions(options, ['every', 'time', 'id', 'onError'], 'suppress')
    const { every: _every, time: _time, ...rest } = options
    const rules = suppressRules(options)
    const keyed = this.keyed()
    const port = BaseStream.kernelOn(keyed, 'suppress', suppressKernel(rules), rest)
    // They are changes of the same rows.
    return new Table(BaseStream.onPort(keyed, port) as KeyedStream<K, Change<T>>, true)
  }

  /** Writes the table to a topic: for each change a record with the key and the new row, or without a value where the row goes. */
  to(topic: TopicFor<T>, options: StepOptions = {}): void {
    const rows = this.inner.filter(change => !isTouch(change)).map(({ after }) => after)
    CoreStream.addRows(rows, topic, options)
  }

  protected override keyed(): KeyedStream<K, Change<T>> {
    if (this.#isPlaced) return this.inner
    const placed = this.inner
      .withMeta()
      // The key that a change comes with is that of this table.
      .keyBy(({ key }) => key as Key)
      .map(({ value }) => value)
    // They are the same changes, by the same keys.
    return placed as unknown as KeyedStream<K, Change<T>>
  }

  #with<U>(inner: Stream<Change<U>>): Table<K, U> {
    // `map` and `flatMap` of a keyed stream keep its key.
    return new Table(inner as KeyedStream<K, Change<U>>, this.#isPlaced)
  }
}

function checkChanges(given: unknown, what: string): void {
  if (given instanceof KeyedChanges) return
  throw new GraphError(
    'OPTION_INVALID',
    `${what} was given ${describeOperand(given)}; expected a table or a change stream with keys: toTable() makes one of a keyed stream`,
  )
}

/** The steps of a foreign-key join belong together. */
const WITHIN = ['join on'] as const

/** What aggregations of a keyed stream need. */
export function foldedParts(stream: KeyedStream<unknown, unknown>, areChanges: boolean): FoldedParts {
  return {
    scope: BaseStream.scopeOf(stream),
    port: BaseStream.portOf(stream),
    // What is behind a keyed stream has its key.
    keyed: port => BaseStream.onPort(stream, port) as KeyedStream<unknown, unknown>,
    areChanges,
    // Whoever says that it is a table gives changes.
    tableOf: (changes, isPlaced) => new Table(changes as KeyedStream<unknown, Change<unknown>>, isPlaced),
  }
}

function rowKey<T>(by: string | ((row: T) => Key)): (row: T) => Key {
  if (typeof by === 'function') return by
  // The overloads let only fields of keys be named; others are refused where the key is looked at.
  if (typeof by === 'string') return row => (row as Readonly<Record<string, unknown>>)[by] as Key
  throw new GraphError(
    'OPTION_INVALID',
    `keyBy was given ${describeValue(by)}; expected the name of a field, or a function of a row`,
  )
}
