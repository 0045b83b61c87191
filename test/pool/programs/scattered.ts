/** Functions for the tests of scattered streams. */
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'

const MS_PER_DELAY = 3

export function increment(value: number): number {
  return value + 1
}

/** The later the smaller: results come out of order. */
export async function shuffled(value: number): Promise<number> {
  await wait(((value * 7) % 4) * MS_PER_DELAY)
  return value
}

export function add(sum: number, value: number): number {
  if (value < 0) throw new RangeError(`${value} is less than nothing`)
  return sum + value
}

export function isEven(value: number): boolean {
  return value % 2 === 0
}

export function power(base: number, exponent: number): number {
  return base ** exponent
}

export function refuse(value: number): number {
  if (value % 2 === 1) throw new RangeError(`${value} is odd`)
  return value
}

/** What a killed worker leaves. */
export interface Deadly {
  readonly place: string
  readonly id: number
  readonly dies: boolean
}

/** Ends its worker, the first time that it has this element: a process by SIGKILL. */
export function dieOnce({ place, id, dies }: Deadly): number {
  const file = `${place}/${id}`
  if (dies && !existsSync(file)) {
    writeFileSync(file, '')
    if (isMainThread) process.kill(process.pid, 'SIGKILL')
    process.exit(9)
  }
  return id
}

/** Says who runs it, and waits for a file. */
export async function waitForGo({ place, id }: Deadly): Promise<number> {
  writeFileSync(`${place}/pid-${id}`, String(process.pid))
  while (!existsSync(`${place}/go`)) await wait(2)
  return id
}

/** Odd ones say who runs them, and wait for a file. */
export async function oddWait({ place, id }: Deadly): Promise<number> {
  if (id % 2 === 0) return id
  writeFileSync(`${place}/pid-${id}`, String(process.pid))
  while (!existsSync(`${place}/go`)) await wait(2)
  return id
}

/** The first says who runs it and never returns, the others return once it has. */
export async function afterFirst({ place, id }: Deadly): Promise<number> {
  if (id === 1) {
    writeFileSync(`${place}/pid-1`, String(process.pid))
    for (;;);
  }
  while (!existsSync(`${place}/pid-1`)) await wait(2)
  return id
}
