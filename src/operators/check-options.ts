import { GraphError } from '../errors.ts'

/** Refuses options that nobody reads: programs run without a type check. Throws `OPTION_INVALID`. */
export function checkOptions(options: object, known: readonly string[], what: string): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new GraphError(
      'OPTION_INVALID',
      `${what}: there is no option "${name}"; there are ${known.join(', ')}`,
    )
  }
}
