/**
 * Feeds a decoder with broken bytes: it may read them or refuse them, but only by the errors that it
 * says, in bounded time, and without making room for what is not there.
 */
import assert from 'node:assert/strict'
import { getHeapStatistics } from 'node:v8'
import { type ErrorCode, messageOf, SluiceError } from '../../src/errors.ts'
import { inputsAround } from './inputs.ts'

/** Something that reads bytes. */
export interface Decoder {
  readonly name: string
  /** What it reads without an error. */
  readonly seeds: readonly Buffer[]
  /** The errors by which it may refuse. */
  readonly codes: readonly ErrorCode[]
  /** Reads `bytes[start, end)` and checks what it can about the result. */
  decode(bytes: Buffer, start: number, end: number): void
}

/** Far more than any input of a few kilobytes takes, on a machine that does other things as well. */
const SLOW_MS = 500
/** Far less than a length that is not true asks for. */
const GREEDY_BYTES = 16 * 1024 * 1024

/** How many inputs were read, and how many refused. */
export interface FuzzCounts {
  read: number
  refused: number
}

/** Throws an `AssertionError` with the input that does harm. */
export function checkDecoder(decoder: Decoder, iterations: number, seed: number): FuzzCounts {
  const counts = { read: 0, refused: 0 }
  for (const good of decoder.seeds) decoder.decode(good, 0, good.length)
  const nextInput = inputsAround(decoder.seeds, seed)
  for (let iteration = 0; iteration < iterations; iteration++) {
    const record = nextInput()
    // what stands around the record belongs to somebody else
    const input = Buffer.concat([Buffer.of(0xff, 0x22), record, Buffer.of(0x22, 0x7d, 0x0a)])
    const where = `${decoder.name}, input ${iteration} of seed ${seed}: ${record.toString('base64')}`
    const isRead = decodeOnce(decoder, input, 2 + record.length, where)
    if (isRead) counts.read++
    else counts.refused++
  }
  return counts
}

function decodeOnce(decoder: Decoder, input: Buffer, end: number, where: string): boolean {
  const memory = usedBytes()
  const started = performance.now()
  let thrown: unknown
  try {
    decoder.decode(input, 2, end)
  } catch (error) {
    thrown = error
  }
  const ms = performance.now() - started
  const bytes = usedBytes() - memory
  assert.ok(bytes < GREEDY_BYTES, `took ${bytes} bytes: ${where}`)
  // a pause of the machine does not come twice at the same input
  if (ms > SLOW_MS) assert.ok(secondTimeMs(decoder, input, end) < SLOW_MS, `took ${ms} ms: ${where}`)
  if (thrown === undefined) return true
  if (thrown instanceof SluiceError && decoder.codes.includes(thrown.code)) return false
  assert.fail(
    `threw ${thrown instanceof Error ? (thrown.stack ?? thrown.name) : messageOf(thrown)}\n${where}`,
  )
}

function secondTimeMs(decoder: Decoder, input: Buffer, end: number): number {
  const started = performance.now()
  try {
    decoder.decode(input, 2, end)
  } catch {
    // judged the first time
  }
  return performance.now() - started
}

function usedBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}
