/** A fold over rows that come and go, which knows how many there are: without any, it has no result. */
import { type Growth, plainWire } from '../../state/index.ts'
import type { Change } from '../tables/change.ts'
import type { ChangesFold, FoldParts } from './fold.ts'
import { wiresByNumber } from './wires.ts'

/** How many rows there are, and what the fold made of them. */
export type Counted = [rows: number, accumulator: unknown]

/** The fold with a count beside it. Its result is that of the fold. */
export function counted<In, Out>(fold: ChangesFold<In, Out>): FoldParts<Change<In>, Counted, Out> {
  const { copy } = fold
  const wire = wiresByNumber([plainWire<number>(), fold.wire])
  return {
    fingerprint: `counted ${fold.fingerprint}`,
    create: () => [0, fold.create()],
    add: (accumulator, change, place) => {
      // What throws has changed nothing: the count comes last.
      accumulator[1] = fold.add(accumulator[1], change, place)
      accumulator[0] += (change.after === null ? 0 : 1) - (change.before === null ? 0 : 1)
      return accumulator
    },
    result: accumulator => fold.result(accumulator[1]),
    condenses: false,
    wire: {
      encode: accumulator => wire.encode(accumulator),
      // Only what `encode` gave is written there.
      decode: state => wire.decode(state) as Counted,
      ...(wire.grows === undefined ? {} : { grows: growing(wire.grows) }),
    },
    mutates: fold.mutates,
    ...(copy === undefined ? {} : { copy: ([rows, accumulator]: Counted) => [rows, copy(accumulator)] }),
  }
}

function growing(grows: Growth<unknown[]>): Growth<Counted> {
  // It has two parts before and after.
  return { take: grows.take, add: (value, addition) => grows.add(value, addition) as Counted }
}
