/**
 * The names of a record's fields: finds the field of a name, and remembers the names of the last
 * record in their order, because the next record will most likely have the same.
 */
import { byteAt, skipPlain, skipSpace } from './json-scan.ts'
import { asBuffer } from './utf8.ts'

// Local, as V8 treats imported constants as variables.
const COLON = 0x3a
const QUOTE = 0x22

/** The field index of names that the schema does not have. */
const UNKNOWN = -1

/** How many names of a record are remembered as the ones to expect next time. */
const MAX_EXPECTED = 64
/** How many names beside the schema's are learned at most: then the records have no common order. */
const MAX_LEARNED = 1000

const NAME_IS_PLAIN = /^[ !#-[\]-~]*$/

/** A name in a record. */
export interface FieldName {
  /** The bytes of `"name":`, as they mostly stand in a record. */
  readonly label: Uint8Array
  /** The index of its field, or -1 if the schema does not have it. */
  readonly field: number
  /** What the field may hold, as bits. */
  readonly kind: number
}

/** See above. Calls must not overlap. */
export class FieldNames {
  /** The names of the last record in their order. */
  readonly expected: FieldName[]
  /** The position behind the colon of the name that was looked up last. */
  end = 0
  readonly #known: readonly FieldName[]
  /** Stands for any name that the schema does not have; never expected, as its label is none. */
  readonly #other: FieldName
  #learned = 0

  constructor(fields: readonly { readonly name: string; readonly kind: number }[], unknownKind: number) {
    this.#other = { label: new Uint8Array(0), field: UNKNOWN, kind: unknownKind }
    // names with escapes or beyond ASCII are never found: such records are left to JSON.parse
    this.#known = fields.flatMap(({ name, kind }, field) =>
      NAME_IS_PLAIN.test(name) ? [{ label: Buffer.from(`"${name}":`), field, kind }] : [],
    )
    this.expected = [...this.#known]
  }

  /**
   * The name at `at`, the `position`th of its record, and sets `end`. Gives `undefined` for what is no
   * name, or one with an escape or beyond ASCII.
   */
  lookUp(bytes: Uint8Array, at: number, end: number, position: number): FieldName | undefined {
    const after = byteAt(bytes, at, end) === QUOTE ? skipPlain(bytes, at + 1, end) + 1 : end
    const colon = skipSpace(bytes, after, end)
    if (byteAt(bytes, after - 1, end) !== QUOTE || byteAt(bytes, colon, end) !== COLON) return undefined
    this.end = colon + 1
    const name = this.#find(bytes, at, after) ?? this.#learn(bytes, at, after)
    if (name !== this.#other && position < MAX_EXPECTED && position <= this.expected.length)
      this.expected[position] = name
    return name
  }

  #find(bytes: Uint8Array, start: number, end: number): FieldName | undefined {
    for (const name of this.#known) {
      // all but the colon
      if (name.label.length === end - start + 1 && startsWith(bytes, start, end, name.label.subarray(0, -1)))
        return name
    }
    return undefined
  }

  #learn(bytes: Uint8Array, start: number, end: number): FieldName {
    if (this.#learned === MAX_LEARNED) return this.#other
    this.#learned++
    return { ...this.#other, label: Buffer.from(`${asBuffer(bytes).latin1Slice(start, end)}:`) }
  }
}

/** Whether `bytes[at, end)` begin with `prefix`. */
export function startsWith(bytes: Uint8Array, at: number, end: number, prefix: Uint8Array): boolean {
  const length = prefix.length
  if (end - at < length) return false
  for (let index = 0; index < length; index++) {
    if (bytes[at + index] !== prefix[index]) return false
  }
  return true
}
