/** How values of state are written: whole, or what was added to them. */

/** How a cell's values are written: into what msgpack can carry, and back. */
export interface Wire<V> {
  encode(value: V): unknown
  decode(wire: unknown): V
  /** Where values grow by additions: then a commit writes what was added, and not the whole value. */
  readonly grows?: Growth<V>
}

/** What was added to a value since it was written last. */
export interface Addition {
  /** How many parts were there before. */
  readonly from: number
  /** What msgpack can carry. */
  readonly added: unknown
}

/** How values that grow are written. */
export interface Growth<V> {
  /** What has to be written, which counts as written from now on; undefined: the whole value. */
  take(value: V): Addition | undefined
  /** The value with an addition that was read: parts beyond `from` are replaced. */
  add(value: V | undefined, addition: Addition): V
}

/** A part of a value as it is written: whole, or what was added to it behind so much. */
export type WrittenPart = readonly [whole: unknown] | readonly [added: unknown, from: number]

/** Writes a part of a larger value: what was added to it since it was written last, where it grows. */
export function writePart<V>({ encode, grows }: Wire<V>, value: V): WrittenPart {
  const addition = grows?.take(value)
  return addition === undefined ? [encode(value)] : [addition.added, addition.from]
}

/** Reads what `writePart` gave; `before` is what the part was before that. */
export function readPart<V>(
  { decode, grows }: Wire<V>,
  [state, from]: WrittenPart,
  before: V | undefined,
): V {
  return from === undefined || grows === undefined ? decode(state) : grows.add(before, { from, added: state })
}

/** Writes state as it is: plain data, as MessagePack can carry it. */
export function plainWire<S>(): Wire<S> {
  // What was written is what is read: state is plain data, which commits check.
  return { encode: value => value, decode: wire => wire as S }
}
