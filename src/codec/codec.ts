/**
 * The interface between values and bytes. A codec is pure and stateless between calls, so one
 * instance may serve any number of topics.
 */
import type { ByteWriter } from './byte-writer.ts'

/** Turns values of type `T` into bytes and back. */
export interface Codec<T> {
  /** The name shown in graphs and messages, such as `json`. */
  readonly name: string
  /** Changes whenever bytes written by another version would be read differently. */
  readonly fingerprint: string
  /**
   * Reads the value in `bytes[start, end)`. The result must not alias `bytes`, which the caller
   * may reuse. Throws `CodecError` (`DECODE_FAILED`) that says what was found and expected.
   */
  decode(bytes: Uint8Array, start: number, end: number): T
  /**
   * Appends the bytes of `value` to `into`. Throws `CodecError` (`ENCODE_FAILED`); what was
   * appended until then is discarded by the caller.
   */
  encode(value: T, into: ByteWriter): void
}

/** The type of the values that a codec reads and writes. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never
