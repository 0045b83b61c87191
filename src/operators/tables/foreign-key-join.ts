/**
 * A table joined with the rows of another that its rows name: a foreign key. Three steps, with an exchange between
 * each two:
 *
 * 1. `ask`, by the left key: each left row asks under the foreign key that it names, and says when it asks no more
 * 2. `answer`, by the foreign key: remembers who asks, and answers each at once and whenever the right row changes
 * 3. `join`, by the left key: makes the joined row of the newest answer
 *
 * Answers to a row may come from several shards, when its foreign key changes, and so in any order: each question
 * has a number, and an answer to an older one is left out. Source: Kafka Streams' foreign-key joins (KIP-213), with
 * numbers in place of hashes. Invariant: a left row that has gone is remembered until everything about it that was
 * on its way has come.
 */
import { isKey, type Key } from '../../codec/index.ts'
import { describeValue, StepError } from '../../errors.ts'
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import { type MemoryCell, plainWire, type ValueCell } from '../../state/index.ts'
import { LEFT } from '../joins/how.ts'
import { TimelessKernel } from '../kernels/timeless-kernel.ts'
import { keyOf } from '../key-of.ts'
import { type Change, isSameKey } from './change.ts'
import { keepRow } from './keep-row.ts'
import { joinedRow } from './table-join.ts'

/** Which rows a foreign-key join gives. */
export type ForeignKeyHow = 'inner' | 'left'

/** All of them. */
export const FOREIGN_KEY_HOWS: readonly ForeignKeyHow[] = ['inner', 'left']

/** What a left row asks under a foreign key. */
export interface Question {
  /** Undefined: the row names none, and there is nothing to remember under it. */
  readonly foreignKey: Key | undefined
  readonly leftKey: Key
  readonly number: number
  /** The left row; null: it asks no more. */
  readonly row: unknown
  /** Whether its row has gone altogether, or asks under another key now; of one that asks: whether it asked there before. */
  readonly isGone: boolean
  readonly hasMoved: boolean
}

/** What is answered. */
export interface Answer {
  readonly leftKey: Key
  readonly number: number
  readonly kind: 'row' | 'gone' | 'released'
  readonly left: unknown
  readonly right: unknown
  /** Whether it is the first answer to a question of a row that asked elsewhere before, which will say `released`. */
  readonly hasMoved: boolean
}

/** The first step: questions of a table's changes. */
export function askKernel(foreignKeyOf: (row: unknown) => unknown): KernelFactory<Change<unknown>, Question> {
  return { fingerprint: 'foreign key ask', open: host => new AskKernel(foreignKeyOf, host) }
}

/** The second step: its inputs are questions and the right table. */
export function answerKernel(): KernelFactory<unknown, Answer> {
  return { fingerprint: 'foreign key answer', open: host => new AnswerKernel(host) }
}

/** The third step: joined rows of answers. */
export function answeredKernel(how: ForeignKeyHow): KernelFactory<Answer, Change<unknown>> {
  return {
    fingerprint: `foreign key join ${how}`,
    open: host => new AnsweredKernel(how, host),
  }
}

class AskKernel extends TimelessKernel<Change<unknown>, Question> {
  readonly #foreignKeyOf: (row: unknown) => unknown
  readonly #number: ValueCell<number>

  constructor(foreignKeyOf: (row: unknown) => unknown, host: KernelHost<Question>) {
    super(host)
    this.#foreignKeyOf = foreignKeyOf
    this.#number = host.state.value('number', plainWire<number>(), 0)
  }

  push({ before, after }: Change<unknown>, context: Context): void {
    if (before === null && after === null) return
    const leftKey = keyOf(context)
    const old = before === null ? undefined : this.#keyOf(before)
    const now = after === null ? undefined : this.#keyOf(after)
    const number = this.#number.get() + 1
    this.#number.set(number)
    const isGone = after === null
    const hasMoved = before !== null && !isGone && !isSame(old, now)
    const { index } = context
    if (!isGone) {
      this.host.emit({ foreignKey: now, leftKey, number, row: after, isGone, hasMoved }, context)
      context.index++
    }
    if (isGone || hasMoved) {
      this.host.emit({ foreignKey: old, leftKey, number, row: null, isGone, hasMoved }, context)
    }
    context.index = index
  }

  /** The foreign key that a row names; undefined where it names none. */
  #keyOf(row: unknown): Key | undefined {
    const key = this.#foreignKeyOf(row)
    if (key === undefined || key === null) return undefined
    if (isKey(key)) return key
    throw new StepError(
      'KEY_INVALID',
      `join: on gave ${describeValue(key)}; expected a string, finite number, boolean, bigint or a tuple of these, or undefined for none`,
    )
  }
}

function isSame(left: Key | undefined, right: Key | undefined): boolean {
  return left === undefined || right === undefined ? left === right : isSameKey(left, right)
}

/** Who asks: the left row and the number of its question. */
type Asking = readonly [row: unknown, number: number]

class AnswerKernel extends TimelessKernel<unknown, Answer> {
  readonly #asking: MemoryCell<Asking>
  readonly #rows: MemoryCell<unknown>

  constructor(host: KernelHost<Answer>) {
    super(host)
    this.#asking = host.state.keyed('asking', plainWire())
    this.#rows = host.state.keyed('rows', plainWire())
  }

  push(value: unknown, context: Context): void {
    // Which it is, its input says.
    if (context.side === LEFT) this.#asked(value as Question, context)
    else this.#changed(value as Change<unknown>, context)
  }

  #asked({ foreignKey, leftKey, number, row, isGone, hasMoved }: Question, context: Context): void {
    if (foreignKey !== undefined)
      this.#remember(foreignKey, leftKey, row === null ? undefined : [row, number])
    if (row === null) {
      const kind = isGone ? 'gone' : 'released'
      return this.host.emit({ leftKey, number, kind, left: null, right: null, hasMoved: false }, context)
    }
    const right = foreignKey === undefined ? undefined : this.#rows.get(0, foreignKey)?.value
    this.host.emit({ leftKey, number, kind: 'row', left: row, right: right ?? null, hasMoved }, context)
  }

  /** Remembers who asks under a foreign key; undefined: no more. */
  #remember(foreignKey: Key, leftKey: Key, asking: Asking | undefined): void {
    const entry = this.#asking.get(foreignKey, leftKey)
    if (asking === undefined) {
      if (entry !== undefined) this.#asking.delete(entry)
    } else if (entry === undefined) this.#asking.create(foreignKey, leftKey, asking)
    else {
      entry.value = asking
      this.#asking.touch(entry)
    }
  }

  #changed({ after }: Change<unknown>, context: Context): void {
    keepRow(this.#rows, after, { host: this.host, context })
    const foreignKey = keyOf(context)
    const { index } = context
    for (const {
      key: leftKey,
      value: [left, number],
    } of this.#asking.entries(foreignKey)) {
      this.host.emit({ leftKey, number, kind: 'row', left, right: after, hasMoved: false }, context)
      context.index++
    }
    context.index = index
  }
}

/**
 * The newest question that was answered, the joined row, and the questions with which a row moved of which only
 * one of two messages has come: the first answer, or that it asks no more where it did before.
 */
type Answered = readonly [number: number, joined: unknown, moving: readonly number[], isGone: boolean]

const NEVER: Answered = [0, null, [], true]

class AnsweredKernel extends TimelessKernel<Answer, Change<unknown>> {
  readonly #how: ForeignKeyHow
  readonly #answered: MemoryCell<Answered>

  constructor(how: ForeignKeyHow, host: KernelHost<Change<unknown>>) {
    super(host)
    this.#how = how
    this.#answered = host.state.keyed('answered', plainWire())
  }

  push({ number, kind, left, right, hasMoved }: Answer, context: Context): void {
    const key = keyOf(context)
    const [newest, joined, before, wasGone] = this.#answered.get(0, key)?.value ?? NEVER
    const moving = hasMoved || kind === 'released' ? toggled(before, number) : before
    if (kind === 'released' || number < newest) return this.#keep([newest, joined, moving, wasGone], context)
    const after = kind === 'gone' ? null : joinedRow(this.#how, { key, left, right })
    this.#keep([number, after, moving, kind === 'gone'], context)
    if (joined !== null || after !== null) this.host.emit({ before: joined, after }, context)
  }

  #keep(answered: Answered, context: Context): void {
    const [, , moving, isGone] = answered
    const kept = isGone && moving.length === 0 ? null : answered
    keepRow(this.#answered, kept, { host: this.host, context })
  }
}

function toggled(numbers: readonly number[], number: number): readonly number[] {
  return numbers.includes(number) ? numbers.filter(each => each !== number) : [...numbers, number]
}
