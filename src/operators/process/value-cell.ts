/** Cells with one value per key. */
import { plainWire } from '../../state/index.ts'
import type { Call, Draft } from './call.ts'
import type { ValueSpec } from './cell-specs.ts'
import type { CellHome, CellStore } from './cell-store.ts'
import { openStore, type Store } from './expiry.ts'
import { copyOf, PlainCheck } from './plain-data.ts'

/** One value, of the key at hand. */
export interface ValueState<V> {
  /** The value; undefined where there is none. To change an object that it gives, `set` it again. */
  get(): V | undefined
  set(value: V): void
  /** Sets what `change` makes of the value. */
  update(change: (value: V | undefined) => V): V
  delete(): void
}

/** All values of a cell. */
export class ValueStore implements CellStore {
  readonly name: string
  readonly isPerKey = false
  readonly store: Store<unknown>
  readonly plain: PlainCheck

  constructor(name: string, { ttl }: ValueSpec<unknown>, { host, expiries }: CellHome) {
    this.name = name
    this.plain = new PlainCheck(name, host.state)
    this.store = openStore(host, name, { wire: plainWire<unknown>(), ttl, expiries })
  }

  open(call: Call): ValueState<unknown> {
    return new ValueHandle(this, call)
  }
}

class ValueHandle implements ValueState<unknown>, Draft {
  readonly #of: ValueStore
  readonly #call: Call
  #draft: 'none' | 'read' | 'written' = 'none'
  #value: unknown
  #seen = 0

  constructor(of: ValueStore, call: Call) {
    this.#of = of
    this.#call = call
  }

  get(): unknown {
    const call = this.#call
    call.check()
    if (!call.isDraft) return this.#of.store.read(0, call.key, call)
    this.#begin()
    if (this.#draft === 'none') {
      this.#value = copyOf(this.#of.store.read(0, call.key, call))
      this.#draft = 'read'
    }
    return this.#value
  }

  set(value: unknown): void {
    const call = this.#call
    call.check()
    this.#of.plain.check(value, call.key, call.isDraft)
    if (!call.isDraft) {
      if (value === undefined) this.#of.store.remove(0, call.key)
      else this.#of.store.write(0, call.key, { value, call })
      return
    }
    this.#begin()
    if (this.#draft !== 'written') call.wrote(this)
    this.#draft = 'written'
    this.#value = value
  }

  update(change: (value: unknown) => unknown): unknown {
    const value = change(this.get())
    this.set(value)
    return value
  }

  delete(): void {
    this.set(undefined)
  }

  apply(): void {
    const call = this.#call
    if (this.#value === undefined) this.#of.store.remove(0, call.key)
    else this.#of.store.write(0, call.key, { value: this.#value, call })
    this.forget()
  }

  forget(): void {
    this.#draft = 'none'
    this.#value = undefined
  }

  /** What was read for another call is of another key. */
  #begin(): void {
    if (this.#seen === this.#call.number) return
    this.#seen = this.#call.number
    this.forget()
  }
}
