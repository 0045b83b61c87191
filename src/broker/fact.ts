/** Facts as brokers store them: JSON text. */
import { CodecError, describeValue } from '../errors.ts'

/** The JSON text of a fact, or undefined for one that is to be removed. Throws `ENCODE_FAILED`. */
export function encodeFact(name: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new CodecError(
      'ENCODE_FAILED',
      `fact "${name}" is ${describeValue(value)}; expected a JSON value`,
      { cause },
    )
  }
}
