/** The cells of one stateful step: what a kernel opens by name. */
import { MemoryCell } from './memory-cell.ts'
import type { Wire } from './wire.ts'

/** A single value per (step, shard), such as the floor of closed windows. */
export interface ValueCell<V> {
  get(): V
  set(value: V): void
}

const VALUE_NAMESPACE = 0
const VALUE_KEY = ''

/** Cells in memory alone: what lives as long as its stream does. */
export class Cells {
  readonly #cells: MemoryCell<unknown>[] = []

  /** Opens a cell of keyed values; restored values are in it already. Each name once. */
  keyed<V>(name: string, wire: Wire<V>): MemoryCell<V> {
    const cell = this.makeCell(name, wire)
    this.#cells.push(cell)
    return cell
  }

  /** Opens a cell that holds one value. */
  value<V>(name: string, wire: Wire<V>, initial: V): ValueCell<V> {
    const cell = this.keyed(name, wire)
    let entry = cell.get(VALUE_NAMESPACE, VALUE_KEY)
    return {
      get: () => entry?.value ?? initial,
      set: value => {
        if (entry === undefined) entry = cell.create(VALUE_NAMESPACE, VALUE_KEY, value)
        else {
          entry.value = value
          cell.touch(entry)
        }
      },
    }
  }

  /** How many entries all cells hold. */
  get size(): number {
    let size = 0
    for (const cell of this.#cells) size += cell.size
    return size
  }

  /** Throws `ENCODE_FAILED` where a value cannot be stored; where nothing is stored, any will do. */
  tryOut(_value: unknown): void {
    // Nothing is stored.
  }

  protected makeCell<V>(name: string, _wire: Wire<V>): MemoryCell<V> {
    return new MemoryCell<V>(name)
  }
}
