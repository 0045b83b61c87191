/**
 * The regular join: all rows of two sides with the same key, whenever they come and go. What is given is the join of
 * what is there, always: a row that stood alone goes when it finds its partner, and comes back when that goes.
 *
 * Both sides are kept for as long as they have rows, since a partner may come at any time. Sides are streams, whose
 * elements only come, or changes. Source: SQL's joins over changelogs, as Flink does them.
 */
import type { Key } from '../../codec/index.ts'
import { describeValue, StepError } from '../../errors.ts'
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire } from '../../state/index.ts'
import { contentsOf } from '../identity.ts'
import { type JoinHow, LEFT } from '../joins/how.ts'
import { TimelessKernel } from '../kernels/timeless-kernel.ts'
import { keyOf } from '../key-of.ts'
import type { Change } from './change.ts'

/** What a regular join is made of. */
export interface RegularJoinRules {
  readonly how: JoinHow
  /** Whether each side is changes; else its elements only come. */
  readonly changes: readonly [left: boolean, right: boolean]
}

/** A row that is kept: itself, how many equal ones there are, and the time of the last. */
type Kept = readonly [row: unknown, count: number, time: number]

/** The kernel factory of a regular join. It gives changes, or rows that stay where `staysOnly` says so. */
export function regularJoin(rules: RegularJoinRules): KernelFactory {
  const sides = rules.changes.map(areChanges => (areChanges ? 'changes' : 'stream')).join(',')
  return {
    fingerprint: `join unbounded(${sides}) ${rules.how}`,
    details: 'both sides are kept',
    readsTime: 'time',
    open: host => new RegularJoinKernel(rules, host),
  }
}

/** Whether the rows that a join gives stay: nothing goes on either side, and no row stands alone for a while. */
export function staysOnly({ how, changes: [left, right] }: RegularJoinRules): boolean {
  return !left && !right && (how === 'inner' || how === 'semi')
}

/** One of the two sides. */
interface Side {
  readonly rows: MemoryCell<Kept>
  readonly areChanges: boolean
  /** Whether its rows are given alone where they have no partner. */
  readonly isPreserved: boolean
}

/** A row that comes, under its name. */
interface Added {
  readonly name: string | number
  readonly row: unknown
  readonly time: number
}

/** From which side a change came, and whether that had rows of the key before and after it. */
interface Sides {
  readonly isLeft: boolean
  readonly hadAny: boolean
  readonly hasAny: boolean
}

class RegularJoinKernel extends TimelessKernel {
  readonly #rules: RegularJoinRules
  readonly #left: Side
  readonly #right: Side
  readonly #staysOnly: boolean
  /** The number of the next row of a stream. */
  #next = 0

  constructor(rules: RegularJoinRules, host: KernelHost) {
    super(host)
    const { how, changes } = rules
    this.#rules = rules
    this.#staysOnly = staysOnly(rules)
    const sideOf = (name: string, areChanges: boolean, preserved: readonly JoinHow[]): Side => ({
      rows: host.state.keyed(name, plainWire<Kept>()),
      areChanges,
      isPreserved: preserved.includes(how),
    })
    this.#left = sideOf('left', changes[0], ['left', 'full'])
    this.#right = sideOf('right', changes[1], ['right', 'full'])
    for (const { rows, areChanges } of [this.#left, this.#right]) {
      if (areChanges) continue
      for (const namespace of rows.namespaces()) {
        for (const { key } of rows.entries(namespace)) this.#next = Math.max(this.#next, Number(key) + 1)
      }
    }
  }

  push(value: unknown, context: Context): void {
    const isLeft = context.side === LEFT
    const side = isLeft ? this.#left : this.#right
    // Which it is, the stream of that side says.
    const change = side.areChanges ? (value as Change<unknown>) : { before: null, after: rowOf(value) }
    const { index, time } = context
    const key = keyOf(context)
    const hadAny = side.rows.has(key)
    if (!hadAny) this.host.checkKey(context)
    // What has no contents as text must have changed nothing.
    const name = side.areChanges && change.after !== null ? contentsOf(change.after) : this.#next
    if (change.before !== null) this.#remove(side, key, change.before)
    if (change.after !== null) this.#add(side, key, { name, row: change.after, time })
    const hasAny = side.rows.has(key)
    if (this.#rules.how === 'semi' || this.#rules.how === 'anti') {
      this.#giveLeft(change, { isLeft, hadAny, hasAny }, context)
    } else this.#givePairs(change, { isLeft, hadAny, hasAny }, context)
    context.index = index
    context.time = time
  }

  #add({ rows, areChanges }: Side, key: Key, { name, row, time }: Added): void {
    if (!areChanges) this.#next++
    const entry = areChanges ? rows.get(key, name) : undefined
    if (entry === undefined) return void rows.create(key, name, [row, 1, time])
    entry.value = [row, entry.value[1] + 1, Math.max(entry.value[2], time)]
    rows.touch(entry)
  }

  #remove({ rows }: Side, key: Key, row: unknown): void {
    const entry: Entry<Kept> | undefined = rows.get(key, contentsOf(row))
    if (entry === undefined) {
      throw new StepError(
        'STEP_FAILED',
        `join was told that ${describeValue(row)} goes, which never came: a function of rows above, such as that of map, must make the same of a row whenever it is called`,
      )
    }
    const [kept, count, time] = entry.value
    if (count === 1) rows.delete(entry)
    else {
      entry.value = [kept, count - 1, time]
      rows.touch(entry)
    }
  }

  /** Gives what a change of one side does to the pairs with the rows of the other, and to those that stand alone. */
  #givePairs({ before, after }: Change<unknown>, { isLeft, hadAny, hasAny }: Sides, context: Context): void {
    const key = keyOf(context)
    const [own, other] = isLeft ? [this.#left, this.#right] : [this.#right, this.#left]
    const { time } = context
    if (!other.rows.has(key)) {
      if (!own.isPreserved) return
      const alone = (row: unknown): unknown => (row === null ? null : this.#pair(isLeft, row, undefined, key))
      return this.#give(alone(before), alone(after), context)
    }
    const hadPartner = hadAny || !other.isPreserved
    const hasPartner = hasAny || !other.isPreserved
    for (const {
      value: [partner, count, partnerTime],
    } of other.rows.entries(key)) {
      context.time = Math.max(time, partnerTime)
      // Without a row of this side, the other one stood alone, or does from now on.
      const had = before !== null ? this.#pair(isLeft, before, partner, key) : undefined
      const has = after !== null ? this.#pair(isLeft, after, partner, key) : undefined
      const alone = hadPartner && hasPartner ? undefined : this.#pair(isLeft, undefined, partner, key)
      const gone = had ?? (hadPartner ? null : alone) ?? null
      const come = has ?? (hasPartner ? null : alone) ?? null
      for (let each = 0; each < count; each++) this.#give(gone, come, context)
    }
  }

  /** Gives what a change does to the left rows that have a partner, or have none. */
  #giveLeft({ before, after }: Change<unknown>, { isLeft, hadAny, hasAny }: Sides, context: Context): void {
    const key = keyOf(context)
    const wanted = this.#rules.how === 'semi'
    if (isLeft) {
      if (this.#right.rows.has(key) === wanted) this.#give(before, after, context)
      return
    }
    if (hadAny === hasAny) return
    const comes = hasAny === wanted
    const { time } = context
    for (const {
      value: [row, count, rowTime],
    } of this.#left.rows.entries(key)) {
      context.time = Math.max(time, rowTime)
      for (let each = 0; each < count; each++) this.#give(comes ? null : row, comes ? row : null, context)
    }
  }

  #pair(isLeft: boolean, own: unknown, other: unknown, key: Key): unknown {
    return isLeft ? { key, left: own, right: other } : { key, left: other, right: own }
  }

  #give(before: unknown, after: unknown, context: Context): void {
    if (before === null && after === null) return
    this.host.emit(this.#staysOnly ? after : { before, after }, context)
    context.index++
  }
}

/** An element of a stream as a row. Null would be none. */
function rowOf(element: unknown): unknown {
  if (element !== null) return element
  throw new StepError(
    'STEP_FAILED',
    'join was given null, which stands for no row where rows come and go; leave such elements out before the join, or make objects of them',
  )
}
