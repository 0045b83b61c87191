/**
 * The pool itself: which call goes to which worker, and what becomes of calls whose worker dies.
 *
 * A call is in exactly one place: it waits, or it is in the hand of one worker, or it is settled. A
 * worker has at most one call, so that a death is the fault of one call (decision 25).
 */
import type { ModuleFunction, Pool, WorkerDeath } from '../../connect/index.ts'
import { messageOf, SluiceError } from '../../errors.ts'
import type { Clock } from '../../time/index.ts'
import { describeFunction } from './module-function.ts'
import { PoolCall } from './pool-call.ts'
import { closedError, deathError, failureOf, lateError, uncopyableArguments } from './pool-errors.ts'
import { isAnswer } from './pool-messages.ts'
import type { PoolWorker, PoolWorkerOptions } from './pool-worker.ts'
import { RoomQueue } from './room-queue.ts'
import { Seat } from './seat.ts'

/** Where there is a timeout, loading a module may take so much longer: a worker starts for it. */
const LOAD_EXTRA_MS = 30_000

/** What a pool is made of; all checked. */
export interface WorkerPoolParts {
  readonly workers: number
  readonly capacity: number
  readonly attempts: number
  readonly timeoutMs: number | undefined
  readonly maxHeapMb: number | undefined
  readonly stepsBack: boolean
  readonly clock: Clock
  readonly onDeath: ((death: WorkerDeath) => void) | undefined
  readonly start: (options: PoolWorkerOptions) => PoolWorker
}

/** A pool of workers. */
export class WorkerPool implements Pool {
  readonly #parts: WorkerPoolParts
  /** Calls that wait, in their order. */
  readonly #waiting = new Set<PoolCall>()
  /** Calls whose worker has died, before all others. */
  readonly #again: PoolCall[] = []
  readonly #seats = new Set<Seat>()
  readonly #idle: Seat[] = []
  /** Workers that have been ended, until they are gone. */
  readonly #ending = new Set<Promise<void>>()
  readonly #functions = new Map<string, number>()
  readonly #room: RoomQueue
  #lastCall = 0
  #pending = 0
  #closing: Promise<void> | undefined

  constructor(parts: WorkerPoolParts) {
    this.#parts = parts
    this.#room = new RoomQueue(() => this.#pending < parts.capacity, parts.clock)
  }

  get workers(): number {
    return this.#parts.workers
  }

  get capacity(): number {
    return this.#parts.capacity
  }

  get pending(): number {
    return this.#pending
  }

  room(signal?: AbortSignal): Promise<void> {
    return this.#closing === undefined ? this.#room.enter(signal) : Promise.reject(closedError())
  }

  run<Args extends readonly unknown[], Out>(
    fn: ModuleFunction<Args, Out>,
    args: NoInfer<Args>,
    signal?: AbortSignal,
  ): Promise<Out> {
    if (this.#closing !== undefined) return Promise.reject(closedError())
    // Whoever aborts says why, with whatever it likes.
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const call = new PoolCall(++this.#lastCall, fn, {
      args,
      signal,
      aborted: aborted => this.#abort(aborted, signal?.reason),
    })
    this.#pending++
    this.#waiting.add(call)
    this.#dispatch()
    // The module's function returns this, as was checked where it was named.
    return call.answer as Promise<Out>
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Hands waiting calls to workers that are idle, or may still be started. */
  #dispatch(): void {
    while (this.#again.length + this.#waiting.size > 0) {
      const seat = this.#idle.pop() ?? this.#newSeat()
      if (seat === undefined) return
      const call = this.#nextCall()
      if (call !== undefined) this.#begin(seat, call)
    }
  }

  #nextCall(): PoolCall | undefined {
    const again = this.#again.shift()
    if (again !== undefined) return again
    const [call] = this.#waiting
    if (call !== undefined) this.#waiting.delete(call)
    return call
  }

  /** One more worker, if there may be. Calls that nobody else could ever take fail if it cannot be started. */
  #newSeat(): Seat | undefined {
    if (this.#seats.size >= this.workers) return undefined
    try {
      return this.#openSeat()
    } catch (cause) {
      if (this.#seats.size > 0) return undefined
      const error = new SluiceError('WORKER_DIED', `no worker could be started: ${messageOf(cause)}`, true, {
        cause,
      })
      for (let call = this.#nextCall(); call !== undefined; call = this.#nextCall()) this.#fail(call, error)
      return undefined
    }
  }

  #openSeat(): Seat {
    const taken = new Set([...this.#seats].map(seat => seat.number))
    let number = 0
    while (taken.has(number)) number++
    const { start, maxHeapMb, stepsBack, clock } = this.#parts
    const listener = {
      message: (message: unknown) => this.#receive(seat, message),
      exited: (how: string) => this.#exited(seat, how),
    }
    const seat = new Seat(number, start({ number, maxHeapMb, stepsBack, clock, listener }), clock)
    this.#seats.add(seat)
    return seat
  }

  #begin(seat: Seat, call: PoolCall): void {
    const { timeoutMs } = this.#parts
    try {
      const { loads } = seat.begin(call, this.#numberOf(call.fn))
      if (timeoutMs !== undefined) this.#limit(seat, timeoutMs, loads ? LOAD_EXTRA_MS : 0)
    } catch (refusal) {
      this.#idle.push(seat)
      this.#fail(call, uncopyableArguments(call, seat.worker, refusal))
    }
  }

  #limit(seat: Seat, timeoutMs: number, extraMs: number): void {
    seat.limit(timeoutMs + extraMs, () => {
      const call = this.#discard(seat)
      if (call !== undefined) this.#fail(call, lateError(call, timeoutMs + extraMs, extraMs > 0))
      this.#dispatch()
    })
  }

  #receive(seat: Seat, message: unknown): void {
    // One that was ended, or a module of the user, may speak as well.
    if (!this.#seats.has(seat) || !isAnswer(message, seat.call?.id)) return
    const { timeoutMs } = this.#parts
    if (message.kind === 'loaded') {
      if (timeoutMs !== undefined) this.#limit(seat, timeoutMs, 0)
      return
    }
    // A module that failed to load is remembered as failed: only a new worker tries it again.
    const call = message.kind === 'unloadable' ? this.#discard(seat) : seat.end()
    if (message.kind !== 'unloadable') this.#idle.push(seat)
    // The next call first: its worker need not wait for what the answer sets off.
    this.#dispatch()
    if (this.#seats.has(seat)) seat.rest()
    if (call === undefined) return
    if (message.kind === 'result') this.#succeed(call, message.value)
    else this.#fail(call, failureOf(call.fn, message))
  }

  #exited(seat: Seat, how: string): void {
    if (!this.#seats.has(seat)) return
    const call = this.#forget(seat)
    const runsAgain = call !== undefined && call.attempts < this.#parts.attempts
    if (runsAgain) this.#again.push(call)
    else if (call !== undefined) this.#fail(call, deathError(call, how))
    this.#dispatch()
    this.#parts.onDeath?.({
      worker: seat.number,
      how,
      running: call === undefined ? undefined : describeFunction(call.fn),
      runsAgain,
    })
  }

  #abort(call: PoolCall, reason: unknown): void {
    const seat = [...this.#seats].find(each => each.call === call)
    if (seat !== undefined) this.#discard(seat)
    this.#waiting.delete(call)
    const at = this.#again.indexOf(call)
    if (at !== -1) this.#again.splice(at, 1)
    this.#fail(call, reason)
    this.#dispatch()
  }

  /** Ends a worker; gives the call that it had in hand. */
  #discard(seat: Seat): PoolCall | undefined {
    const call = this.#forget(seat)
    this.#awaitEnd(seat.worker.kill())
    return call
  }

  #forget(seat: Seat): PoolCall | undefined {
    this.#seats.delete(seat)
    const at = this.#idle.indexOf(seat)
    if (at !== -1) this.#idle.splice(at, 1)
    return seat.end()
  }

  #awaitEnd(gone: Promise<void>): void {
    this.#ending.add(gone)
    void gone.finally(() => this.#ending.delete(gone))
  }

  async #close(): Promise<void> {
    const left = [...this.#again, ...this.#waiting]
    this.#again.length = 0
    this.#waiting.clear()
    for (const seat of this.#seats) {
      const call = this.#forget(seat)
      if (call !== undefined) left.push(call)
      this.#awaitEnd(call === undefined ? seat.worker.leave() : seat.worker.kill())
    }
    this.#room.close(closedError())
    for (const call of left) this.#fail(call, closedError())
    await Promise.all(this.#ending)
  }

  #succeed(call: PoolCall, value: unknown): void {
    this.#pending--
    call.resolve(value)
    this.#room.look()
  }

  #fail(call: PoolCall, reason: unknown): void {
    this.#pending--
    call.reject(reason)
    this.#room.look()
  }

  #numberOf({ module, name }: ModuleFunction<never, unknown>): number {
    const key = `${name} ${module}`
    const number = this.#functions.get(key) ?? this.#functions.size
    this.#functions.set(key, number)
    return number
  }
}
