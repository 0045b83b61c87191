/** How the accumulators of several folds are written together: of those that grow, what was added. */
import { type Addition, readPart, type Wire, type WrittenPart, writePart } from '../../state/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: an accumulator goes in where it came out, and nowhere else.
type AnyWire = Wire<any>

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
  const added = wires.map((wire, number) => writePart(wire, values[number]))
  return added.some(([, from = 0]) => from > 0) ? { from: 1, added } : undefined
}

function add(
  wires: readonly AnyWire[],
  before: readonly unknown[] | undefined,
  { added }: Addition,
): unknown[] {
  // Only what `take` gave is written there, a part for each wire.
  const parts = added as readonly WrittenPart[]
  return wires.map(
    (wire, number) => readPart(wire, parts[number] ?? [undefined], before?.[number]) as unknown,
  )
}
