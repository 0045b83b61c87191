/** How the accumulators of several folds are written together: of those that grow, what was added. */
import type { Addition, Wire } from '../../state/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: an accumulator goes in where it came out, and nowhere else.
type AnyWire = Wire<any>

/** An accumulator as it is written: whole, or what was added behind so many parts. */
type Contents = readonly [whole: unknown] | readonly [added: unknown, from: number]

/** The wire of a list with a value for each wire. */
export function wiresByNumber(wires: readonly AnyWire[]): Wire<unknown[]> {
  const plain: Wire<unknown[]> = {
    encode: values => wires.map((wire, number) => wire.encode(values[number])),
    // Only what `encode` gave is written there.
    decode: state => wires.map((wire, number) => wire.decode((state as unknown[])[number]) as unknown),
  }
  if (wires.every(({ grows }) => grows === undefined)) return plain
  return {
    ...plain,
    grows: { take: values => take(wires, values), add: (values, addition) => add(wires, values, addition) },
  }
}

/** Undefined, for the whole, as long as none of those that grow was written. */
function take(wires: readonly AnyWire[], values: readonly unknown[]): Addition | undefined {
  let isWritten = false
  const added = wires.map((wire, number): Contents => {
    const addition = wire.grows?.take(values[number])
    if (addition === undefined) return [wire.encode(values[number])]
    if (addition.from > 0) isWritten = true
    return [addition.added, addition.from]
  })
  return isWritten ? { from: 1, added } : undefined
}

function add(
  wires: readonly AnyWire[],
  before: readonly unknown[] | undefined,
  { added }: Addition,
): unknown[] {
  // Only what `take` gave is written there.
  return (added as readonly Contents[]).map(([state, from], number): unknown => {
    const wire = wires[number]
    return from === undefined || wire?.grows === undefined
      ? wire?.decode(state)
      : wire.grows.add(before?.[number], { from, added: state })
  })
}
