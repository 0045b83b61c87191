/** Functions for the tests of pools: some work, some fail, some take their worker with them. */
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'

let calls = 0

export default function greet(name: string): string {
  return `hello ${name}`
}

export function square(value: number): number {
  return value * value
}

export function echo(value: unknown): unknown {
  return value
}

export async function later(ms: number, value: string): Promise<string> {
  await wait(ms)
  return value
}

/** Who runs it: the same as long as the worker is the same. */
export function whoAmI(): string {
  return `${process.pid}/${threadId}`
}

export function countCalls(): number {
  return ++calls
}

/** Waits until the file is there. */
export async function waitFor(file: string): Promise<string> {
  while (!existsSync(file)) await wait(2)
  return whoAmI()
}

/** Says where it runs, by a file, and waits for another file. */
export async function meet(place: string, name: string): Promise<string> {
  writeFileSync(`${place}/${name}`, String(process.pid))
  return waitFor(`${place}/go`)
}

export function fail(): never {
  throw Object.assign(new RangeError('too far', { cause: new TypeError('the reason') }), {
    code: 'E_FAR',
    limit: { most: 3 },
  })
}

export function failNamed(): never {
  const error = new Error('no such customer')
  error.name = 'CustomerError'
  throw error
}

export function failPlainly(): never {
  // biome-ignore lint/style/useThrowOnlyError: what users do
  throw { status: 404 } // oxlint-disable-line typescript/only-throw-error
}

export function giveFunction(): unknown {
  return { handlers: [{ onClick: () => calls }] }
}

export function exit(code: number): never {
  process.exit(code)
}

/** Returns, and ends its worker at once. */
export function lastWords(value: string): string {
  process.nextTick(() => setImmediate(() => process.exit(4)))
  return value
}

/** As much text as it is told, whose worker ends the first time while it is on its way. */
export function dieWhileAnswering(file: string, length: number): string {
  if (!existsSync(file)) process.nextTick(() => setImmediate(() => process.exit(4)))
  writeFileSync(file, '')
  return 'ä'.repeat(length)
}

export function lengthOf(value: string): number {
  return value.length
}

/** Dies the first `times` times that it is called with this file, which counts. */
export function dieAtFirst(file: string, times: number): string {
  let count = 0
  while (existsSync(`${file}-${count}`)) count++
  if (count >= times) return `after ${count} deaths`
  writeFileSync(`${file}-${count}`, '')
  process.exit(9)
}

export function throwInCallback(): Promise<never> {
  setTimeout(() => {
    throw new Error('nobody awaits this')
  })
  return new Promise(() => {})
}

export function eatHeap(): never {
  const eaten: unknown[] = []
  for (;;) eaten.push(Array.from({ length: 5000 }, (_, index) => ({ index })))
}

export function spin(): never {
  for (;;);
}

export function spinAndTell(file: string): never {
  writeFileSync(file, String(process.pid))
  for (;;);
}

/** Speaks to the parent by itself, as process managers want it. */
export function chatter(): string {
  process.send?.('ready')
  process.send?.({ kind: 'result', call: -1, value: 'wrong' })
  return 'right'
}

/** One call of a random run. */
export interface Task {
  readonly place: string
  readonly id: number
  readonly kind: 'returns' | 'throws' | 'dies' | 'diesLater' | 'givesFunction'
  readonly ms: number
}

/** Does as the task says, after `ms`; what dies does so the first time only. Leaves its process in `place`. */
export async function perform({ place, id, kind, ms }: Task): Promise<unknown> {
  writeFileSync(`${place}/pid-${process.pid}`, '')
  const isFirst = !existsSync(`${place}/run-${id}`)
  writeFileSync(`${place}/run-${id}`, '')
  if (ms > 0) await wait(ms)
  if (kind === 'throws') throw new Error(`error ${id}`)
  if (kind === 'givesFunction') return () => id
  if (isFirst && kind === 'dies') process.exit(id)
  if (isFirst && kind === 'diesLater') setTimeout(() => process.exit(id), ms)
  return `result ${id}`
}
