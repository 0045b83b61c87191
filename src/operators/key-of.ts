import type { Key } from '../codec/index.ts'
import { InternalError } from '../errors.ts'
import type { Context } from '../graph/index.ts'

/** The current key, which every element behind a keyBy has. */
export function keyOf(context: Context): Key {
  if (context.key === undefined) throw new InternalError('an element without a key reached a keyed step')
  return context.key
}
