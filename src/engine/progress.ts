/**
 * What a task remembers beside keyed state, per input: bytes that travel with the position.
 *
 * Version 1: msgpack of `InputProgressState`.
 */
import { ByteWriter, msgpack } from '../codec/index.ts'
import { CodecError, messageOf, StateError } from '../errors.ts'
import type { KeptContext } from '../graph/index.ts'
import type { ChannelProgress } from './exchange-entrance.ts'

/** An element in flight, with the step that has it. */
export interface StoredElement {
  readonly step: string
  readonly value: unknown
  readonly context: KeptContext
}

/** What is remembered with the position of an input. */
export interface InputProgressState {
  readonly version: 1
  /** The largest event time seen, by time step; of a source input. */
  readonly lanes: Readonly<Record<string, number>>
  /** The channels of an exchange input. */
  readonly channels: readonly ChannelProgress[]
  /** The task's elements in flight; with its first input. */
  readonly inFlight: readonly StoredElement[]
}

/** Nothing is remembered yet. */
export const NO_PROGRESS: InputProgressState = { version: 1, lanes: {}, channels: [], inFlight: [] }

const codec = msgpack<InputProgressState>()
const elements = msgpack<unknown>()

/** Throws `ENCODE_FAILED` that names the step when an element in flight cannot be written. */
export function encodeProgress(state: InputProgressState): Uint8Array {
  const writer = new ByteWriter(256)
  try {
    codec.encode(state, writer)
  } catch (thrown) {
    for (const element of state.inFlight) checkCanBeKept(element)
    throw thrown
  }
  return writer.toBytes()
}

function checkCanBeKept({ step, value }: StoredElement): void {
  try {
    elements.encode(value, new ByteWriter(256))
  } catch (thrown) {
    throw new CodecError(
      'ENCODE_FAILED',
      `step "${step}" failed: an element that waits there cannot be kept for a restart: ${messageOf(thrown)}; give the step plain data`,
      { cause: thrown, step },
    )
  }
}

/** Throws `STATE_MISMATCH` for progress of an unknown version, `STATE_CORRUPT` for what is none. */
export function decodeProgress(bytes: Uint8Array): InputProgressState {
  if (bytes.length === 0) return NO_PROGRESS
  const state: Partial<InputProgressState> | null = codec.decode(bytes, 0, bytes.length)
  if (typeof state !== 'object' || state === null) throw corrupt()
  if (state.version === 1) {
    const { version, lanes, channels, inFlight } = state
    const hasLanes = typeof lanes === 'object' && lanes !== null
    if (!hasLanes || !Array.isArray(channels) || !Array.isArray(inFlight)) throw corrupt()
    return { version, lanes, channels, inFlight }
  }
  throw new StateError(
    'STATE_MISMATCH',
    `the stored progress has version ${String(state.version)}; this program reads version 1: upgrade sluice`,
  )
}

function corrupt(): StateError {
  return new StateError(
    'STATE_CORRUPT',
    'what is stored with the position of an input is no progress: restore a backup, or reset the group',
  )
}
