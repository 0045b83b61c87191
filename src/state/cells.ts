/** The cells of one stateful step: what a kernel opens by name. */
import { KeyedCell, type Wire } from './cell.ts'

/** A single value per (step, shard), such as the floor of closed windows. */
export interface ValueCell<V> {
  get(): V
  set(value: V): void
}

const VALUE_NAMESPACE = 0
const VALUE_KEY = ''

/** Cells in memory alone: what lives as long as its stream does. */
export class Cells {
  protected readonly cells: Map<string, KeyedCell<unknown>> = new Map<string, KeyedCell<unknown>>()

  /** Opens a cell of keyed values; restored values are in it already. Each name once. */
  keyed<V>(name: string, wire: Wire<V>): KeyedCell<V> {
    const cell = new KeyedCell<V>(name, wire, this.tracked)
    this.cells.set(name, cell)
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
    for (const cell of this.cells.values()) size += cell.size
    return size
  }

  /** Whether changes are noted, for somebody who asks for them. */
  protected get tracked(): boolean {
    return false
  }
}
