/** Folds that read something of each element, with a user's function that may throw, and then add it. */
import type { Wire } from '../../state/index.ts'
import type { Change } from '../tables/change.ts'
import type { ChangesFold, Fold, FoldParts } from './fold.ts'
import type { Place } from './place.ts'

/** A fold in parts. */
export interface ReadingParts<In, Read, Acc, Out> {
  readonly fingerprint: string
  create(): Acc
  /** Calls the user's function and checks what it gives. */
  read(element: In): Read
  /** Adds what was read, in place; never throws. */
  take(accumulator: Acc, read: Read, place: Place): void
  result(accumulator: Acc): Out
  /** Adds the second, which stays as it is, to the first, in place. */
  mergeInto(into: Acc, other: Acc): void
  readonly condenses: boolean
  readonly wire: Wire<Acc>
  copy(accumulator: Acc): Acc
  /** The fold that takes elements back; absent where that cannot be. */
  readonly retracting?: () => ChangesFold<In, Out>
}

/** A fold in parts that can take elements back. */
export interface RetractingParts<In, Read, Acc, Out> extends ReadingParts<In, Read, Acc, Out> {
  /** Takes back what `take` added, in place; the addition may still be to come. */
  giveBack(accumulator: Acc, read: Read): void
}

/** What was read of the row that goes, and of the one that comes. */
interface ReadChange<Read> {
  readonly back: Read | undefined
  readonly forth: Read | undefined
}

/** A fold of parts. */
export function readingFold<In, Read, Acc, Out>(parts: ReadingParts<In, Read, Acc, Out>): Fold<In, Acc, Out> {
  const { fingerprint, condenses, wire, retracting } = parts
  return {
    fingerprint,
    create: () => parts.create(),
    add: (accumulator, element, place) => {
      parts.take(accumulator, parts.read(element), place)
      return accumulator
    },
    result: accumulator => parts.result(accumulator),
    merge: (into, other) => {
      parts.mergeInto(into, other)
      return into
    },
    condenses,
    wire,
    // What may throw comes before anything is changed.
    mutates: false,
    copy: accumulator => parts.copy(accumulator),
    halves: {
      read: element => parts.read(element),
      take: (accumulator, read, place) => {
        // It is what `read` gave.
        parts.take(accumulator, read as Read, place)
        return accumulator
      },
    },
    ...(retracting === undefined ? {} : { retracting }),
  }
}

/** A fold of parts, and with it the one that takes elements back. */
export function reversibleFold<In, Read, Acc, Out>(
  parts: RetractingParts<In, Read, Acc, Out>,
): Fold<In, Acc, Out> {
  return readingFold({ ...parts, retracting: () => retractingFold(parts) })
}

/** The fold over rows that come and go. */
export function retractingFold<In, Read, Acc, Out>(
  parts: RetractingParts<In, Read, Acc, Out>,
): FoldParts<Change<In>, Acc, Out> {
  const { create, result, mergeInto, condenses, wire, copy } = parts
  return readingFold<Change<In>, ReadChange<Read>, Acc, Out>({
    create: () => create(),
    result: accumulator => result(accumulator),
    mergeInto: (into, other) => mergeInto(into, other),
    condenses,
    wire,
    copy: accumulator => copy(accumulator),
    fingerprint: `${parts.fingerprint} retracting`,
    read: ({ before, after }) => ({
      back: before === null ? undefined : parts.read(before),
      forth: after === null ? undefined : parts.read(after),
    }),
    take: (accumulator, { back, forth }, place) => {
      if (back !== undefined) parts.giveBack(accumulator, back)
      if (forth !== undefined) parts.take(accumulator, forth, place)
    },
  })
}
