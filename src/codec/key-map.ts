/**
 * A Map by keys. Scalars are keys of a JavaScript Map as they are, so type is part of identity; tuples,
 * which no Map would find again, are told apart by their parts, in a Map of their own. So no string can
 * pass for a tuple, and the usual key is looked up without being looked at.
 */
import type { Key, KeyPart } from './key.ts'

/** Values by key. `-0` and `0` are one key, `1` and `'1'` are two. */
export class KeyMap<V> {
  readonly #scalars = new Map<KeyPart, V>()
  #tuples: Map<string, V> | undefined

  get size(): number {
    return this.#scalars.size + (this.#tuples?.size ?? 0)
  }

  get(key: Key): V | undefined {
    if (typeof key !== 'object') return this.#scalars.get(key)
    return this.#tuples?.get(tupleIdentity(key))
  }

  set(key: Key, value: V): void {
    if (typeof key !== 'object') this.#scalars.set(key, value)
    else {
      this.#tuples ??= new Map()
      this.#tuples.set(tupleIdentity(key), value)
    }
  }

  delete(key: Key): void {
    if (typeof key !== 'object') this.#scalars.delete(key)
    else this.#tuples?.delete(tupleIdentity(key))
  }

  /** All values: those of scalars first, both in the order of their insertion. The map may change meanwhile. */
  values(): IterableIterator<V> {
    return this.#tuples === undefined ? this.#scalars.values() : allOf([this.#scalars, this.#tuples])
  }
}

function* allOf<V>(maps: readonly ReadonlyMap<unknown, V>[]): Generator<V> {
  for (const map of maps) yield* map.values()
}

/** Each part says where it ends, so no two tuples can run together into the same text. */
function tupleIdentity(key: readonly KeyPart[]): string {
  let text = ''
  for (const part of key) text += partIdentity(part)
  return text
}

function partIdentity(part: KeyPart): string {
  switch (typeof part) {
    case 'string':
      return `${part.length}:${part}`
    case 'bigint':
      return `n${part},`
    case 'number':
      return `d${part},`
    default:
      return part ? 't' : 'f'
  }
}
