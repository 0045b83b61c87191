/**
 * Sessions: windows that elements make, and that merge where a further element joins them.
 *
 * An element at t makes [t, t + gap), which merges with all sessions of its key that it overlaps or touches
 * and that its entry watermark has not passed: those are frozen for it, whether they are still there or
 * not. So nothing depends on how channels interleave, as long as each key comes by one channel. With
 * `late: 'event'` an element is late as soon as its own time has been passed; then sessions are the
 * intervals of all on-time elements, merged, by however many channels a key comes. For that a session
 * waits one millisecond longer. Source: Flink's session windows.
 */
import type { Context, Kernel, KernelHost } from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire, type ValueCell } from '../../state/index.ts'
import { DueHeap } from '../../time/index.ts'
import { type Fold, guardedAdd } from '../folds/index.ts'
import { keyOf } from '../key-of.ts'
import { PendingChanges } from './pending-changes.ts'
import { type KeySessions, newSession, type Session, sessionsWire } from './session-state.ts'
import { giveLate, type Window } from './window.ts'
import { nothingGiven, WindowOutput } from './window-output.ts'
import { givesAtEnd, isPlain, type WindowRules } from './windows.ts'

/** What a step with sessions is made of. */
export interface SessionParts<Acc> {
  readonly gapMs: number
  readonly fold: Fold<unknown, Acc, unknown>
  readonly rules: WindowRules
}

/** All keys are in one namespace, each with its sessions. */
const NAMESPACE = 0

/** Aggregates elements in sessions. */
export class SessionKernel<Acc> implements Kernel {
  readonly lagMs: number
  readonly #gapMs: number
  readonly #fold: Fold<unknown, Acc, unknown>
  readonly #host: KernelHost
  readonly #output: WindowOutput<Acc>
  readonly #cell: MemoryCell<KeySessions<Acc>>
  readonly #floor: ValueCell<number>
  readonly #due = new DueHeap<Session<Acc>>()
  readonly #pending: PendingChanges<Session<Acc>> | undefined
  readonly #latenessMs: number
  readonly #isStrict: boolean
  readonly #isPlain: boolean
  #watermark = Number.NEGATIVE_INFINITY
  #closedUpTo: number

  constructor({ gapMs, fold, rules }: SessionParts<Acc>, host: KernelHost) {
    this.#gapMs = gapMs
    this.#fold = fold
    this.#host = host
    this.#output = new WindowOutput(fold, rules, host)
    this.#latenessMs = rules.latenessMs
    this.#isStrict = rules.late === 'event'
    this.lagMs = this.#isStrict ? 1 : 0
    this.#isPlain = isPlain(rules)
    this.#cell = host.state.keyed('sessions', sessionsWire<Acc>(fold.wire))
    this.#floor = host.state.value('floor', plainWire(), Number.NEGATIVE_INFINITY)
    this.#closedUpTo = this.#floor.get()
    if (rules.emission.kind === 'every') this.#pending = new PendingChanges(rules.emission, host)
    for (const entry of this.#cell.entries(NAMESPACE)) {
      for (const session of entry.value.sessions) this.#keep(session, entry)
    }
  }

  push(value: unknown, context: Context): void {
    const { time } = context
    const entry = this.#cell.get(NAMESPACE, keyOf(context))
    if (this.#isStrict && time + this.#latenessMs <= context.entryWatermark)
      return this.#refuse(value, context)
    const first = entry?.value.sessions[0]
    // Usually a key has one session, and the element continues it.
    if (entry === undefined || first === undefined) this.#begin(entry, value, context)
    else if (entry.value.sessions.length === 1 && this.#joins(first, context)) {
      this.#extend(first, value, context)
    } else this.#mergeInto(entry, value, context)
  }

  due(): number {
    return Math.min(this.#due.firstTime(), this.#pending?.due() ?? Number.POSITIVE_INFINITY)
  }

  advance(watermark: number, context: Context): void {
    this.#watermark = Math.max(this.#watermark, watermark)
    if (this.#pending?.isDue(watermark) === true) this.#givePending(context)
    const before = this.#floor.get()
    let floor = before
    for (
      let next = this.#due.firstUntil(watermark);
      next !== undefined;
      next = this.#due.firstUntil(watermark)
    ) {
      if (!next.isOver) {
        next.isOver = true
        if (givesAtEnd(this.#output.rules)) this.#give(next, context)
      }
      next.time = this.#goneAt(next)
      if (next.time > watermark) continue
      floor = Math.max(floor, next.end)
      this.#remove(next)
    }
    if (floor > before) this.#floor.set(floor)
    const reached = watermark === Number.POSITIVE_INFINITY ? floor : watermark + 1 - this.#latenessMs
    this.#closedUpTo = Math.max(this.#closedUpTo, floor, reached)
  }

  alarm(_now: number, context: Context): void {
    this.#pending?.rang()
    this.#givePending(context)
  }

  /** The watermark at which a session is over, and that at which it takes nothing any more. */
  #overAt({ end }: Session<Acc>): number {
    return this.#isStrict ? end : end - 1
  }

  #goneAt(session: Session<Acc>): number {
    return this.#overAt(session) + this.#latenessMs
  }

  #joins(session: Session<Acc>, { time, entryWatermark }: Context): boolean {
    return (
      session.start <= time + this.#gapMs && session.end >= time && this.#goneAt(session) > entryWatermark
    )
  }

  #begin(entry: Entry<KeySessions<Acc>> | undefined, value: unknown, context: Context): void {
    const { time: start, entryWatermark } = context
    const end = start + this.#gapMs
    if (end - 1 + this.#latenessMs <= entryWatermark || end <= this.#closedUpTo)
      return this.#refuse(value, context)
    const accumulator = this.#fold.add(this.#fold.create(), value, context)
    const given = this.#output.remembers ? nothingGiven() : undefined
    const session = newSession({ id: start, start, end, accumulator, given, isOver: false })
    if (entry === undefined) this.#keep(session, this.#newEntry(session, context))
    else {
      entry.value.sessions.push(session)
      this.#cell.touch(entry)
      this.#keep(session, entry)
    }
    this.#added(session, context)
  }

  #newEntry(session: Session<Acc>, context: Context): Entry<KeySessions<Acc>> {
    this.#host.checkKey(context)
    return this.#cell.create(NAMESPACE, keyOf(context), { sessions: [session], isWritten: false })
  }

  #extend(session: Session<Acc>, value: unknown, context: Context): void {
    const after = this.#add(session.accumulator, value, context)
    if (after !== session.accumulator) session.accumulator = after
    this.#stretch(session, { start: context.time, end: context.time + this.#gapMs }, context)
    this.#touch(session)
    this.#added(session, context)
  }

  /** Joins the element, and all sessions that it joins, to the earliest of those. */
  #mergeInto(entry: Entry<KeySessions<Acc>>, value: unknown, context: Context): void {
    const joined = entry.value.sessions.filter(session => this.#joins(session, context))
    joined.sort((left, right) => left.start - right.start)
    const [session, ...others] = joined
    if (session === undefined) return this.#begin(entry, value, context)
    session.accumulator = this.#mergeAll(joined, value, context)
    for (const other of others) this.#absorb(session, other, context)
    this.#stretch(session, { start: context.time, end: context.time + this.#gapMs }, context)
    this.#touch(session)
    this.#added(session, context)
  }

  /** One accumulator of all; until it is whole, none is changed where that matters. */
  #mergeAll([first, ...others]: readonly Session<Acc>[], value: unknown, context: Context): Acc {
    const { merge, copy } = this.#fold
    const begun = first?.accumulator ?? this.#fold.create()
    let all = this.#host.guarded && copy !== undefined ? copy(begun) : begun
    all = this.#fold.add(all, value, context)
    if (merge === undefined) return all
    for (const { accumulator } of others) all = merge(all, accumulator)
    return all
  }

  #absorb(session: Session<Acc>, other: Session<Acc>, context: Context): void {
    this.#takeBack(other, context)
    if (session.given !== undefined) session.given.since += other.given?.since ?? 0
    this.#remove(other)
    this.#stretch(session, other, context)
  }

  /** Makes a session so long that it holds a window. What it gave for its former self is taken back. */
  #stretch(session: Session<Acc>, { start, end }: Window, context: Context): void {
    if (session.start <= start && end <= session.end) return
    this.#takeBack(session, context)
    session.start = Math.min(session.start, start)
    session.end = Math.max(session.end, end)
    if (session.isOver && this.#overAt(session) > this.#watermark) session.isOver = false
    session.time = session.isOver ? this.#goneAt(session) : this.#overAt(session)
    if (session.time >= session.at) return
    this.#due.moved(session)
    this.#host.wakeAt(session.time)
  }

  #takeBack({ owner, start, end, given }: Session<Acc>, context: Context): void {
    if (owner === undefined || given?.hasGiven !== true) return
    this.#output.takeBack(owner.key, { start, end }, { given, context })
    given.hasGiven = false
  }

  #add(before: Acc, element: unknown, place: Context): Acc {
    return this.#host.guarded
      ? guardedAdd(this.#fold, before, { element, place })
      : this.#fold.add(before, element, place)
  }

  #added(session: Session<Acc>, context: Context): void {
    const { owner, start, end, given } = session
    if (this.#isPlain || owner === undefined) return
    const isOver = session.isOver || this.#overAt(session) <= this.#watermark
    const next = this.#output.afterAdd(isOver, given)
    if (next === 'nothing') return this.#pending?.add(session, context.entryWatermark)
    session.isOver = isOver
    const contents = { key: owner.key, window: { start, end }, accumulator: session.accumulator }
    this.#output.giveWithin(contents, given, context)
    if (next === 'giveAndPurge') session.accumulator = this.#fold.create()
  }

  #give(session: Session<Acc>, context: Context): void {
    const { owner, start, end, accumulator, given } = session
    if (owner === undefined) return
    context.entryWatermark = Number.NEGATIVE_INFINITY
    this.#output.give({ key: owner.key, window: { start, end }, accumulator }, given, context)
    if (given !== undefined) this.#cell.touch(owner)
  }

  /** What is gone, or over, has given its result or gives it by itself. */
  #givePending(context: Context): void {
    for (const session of this.#pending?.take() ?? []) {
      if (!session.isOver && this.#overAt(session) > this.#watermark) this.#give(session, context)
    }
  }

  #keep(session: Session<Acc>, owner: Entry<KeySessions<Acc>>): void {
    session.owner = owner
    session.time = session.isOver ? this.#goneAt(session) : this.#overAt(session)
    this.#due.add(session)
    this.#host.wakeAt(session.time)
  }

  #touch({ owner }: Session<Acc>): void {
    if (owner !== undefined) this.#cell.touch(owner)
  }

  #remove(session: Session<Acc>): void {
    const { owner } = session
    this.#due.remove(session)
    session.owner = undefined
    if (owner === undefined) return
    const { sessions } = owner.value
    sessions.splice(sessions.indexOf(session), 1)
    if (sessions.length === 0) this.#cell.delete(owner)
    else this.#cell.touch(owner)
  }

  /** Late, or on time for a session that has been closed for good. */
  #refuse(value: unknown, context: Context): void {
    const { time, entryWatermark } = context
    const end = this.#isStrict ? time + 1 : time + this.#gapMs
    const isLate = end - 1 + this.#latenessMs <= entryWatermark
    this.#host.count(isLate ? 'late' : 'finallyLate', 1)
    giveLate(this.#host, value, context)
  }
}
