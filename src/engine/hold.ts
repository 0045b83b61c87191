/**
 * What keeps a root element unfinished: an asynchronous step in flight, an element that waits for room.
 * The promise of an emit is that of its hold.
 *
 * Invariant: it begins with one count, for the root that is being processed; whoever goes on with the
 * element later takes one more, and gives it back after what followed has been processed.
 */
import type { SluiceError } from '../errors.ts'

/** Counts what is under way for one root element. */
export class Hold {
  #count = 1
  #holdsBack = 0
  #failure: SluiceError | undefined
  #whenDone: (() => void)[] = []
  #whenRoom: (() => void)[] = []

  get isDone(): boolean {
    return this.#count === 0
  }

  /** The first failure of anything that was under way. */
  get failure(): SluiceError | undefined {
    return this.#failure
  }

  retain(): void {
    this.#count++
  }

  release(): void {
    this.#count--
    if (this.#count > 0) return
    const waiting = this.#whenDone
    this.#whenDone = []
    for (const call of waiting) call()
    this.#tellRoom()
  }

  /** Something has no room for this element: who emitted it should wait before the next. */
  holdBack(): void {
    this.#holdsBack++
  }

  letGo(): void {
    this.#holdsBack--
    if (this.#holdsBack === 0) this.#tellRoom()
  }

  /** There is room, and nothing is left to do: ends what `Scope.keep` began. */
  free(): void {
    this.letGo()
    this.release()
  }

  fail(error: SluiceError): void {
    this.#failure ??= error
  }

  /** Calls once everything is done; at once where it is. */
  onDone(call: () => void): void {
    if (this.isDone) call()
    else this.#whenDone.push(call)
  }

  /** Settles when everything is done; rejects with the first failure. */
  done(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onDone(() => {
        if (this.#failure === undefined) resolve()
        else reject(this.#failure)
      })
    })
  }

  /** As `done`, but settles as soon as there is room for the next element; undefined: there is. */
  room(): Promise<void> | undefined {
    if (this.#holdsBack === 0) return undefined
    return new Promise((resolve, reject) => {
      this.#whenRoom.push(() => {
        if (this.#failure === undefined) resolve()
        else reject(this.#failure)
      })
    })
  }

  #tellRoom(): void {
    const waiting = this.#whenRoom
    this.#whenRoom = []
    for (const call of waiting) call()
  }
}
