/** All queries by name. */
import { UsageError } from 'sluice'
import { q18, q19 } from './best-so-far.ts'
import { q0, q1, q2, q13, q14, q21, q22 } from './each-bid.ts'
import { q15, q16, q17 } from './each-day.ts'
import { q3, q8, q20, q23 } from './joins.ts'
import type { Query } from './query.ts'
import { q5, q7, q10, q11, q12 } from './windows.ts'
import { q4, q6, q9 } from './winning.ts'

/** The queries by their names. */
export const queries: Readonly<Record<string, Query>> = {
  q0,
  q1,
  q2,
  q3,
  q4,
  q5,
  q6,
  q7,
  q8,
  q9,
  q10,
  q11,
  q12,
  q13,
  q14,
  q15,
  q16,
  q17,
  q18,
  q19,
  q20,
  q21,
  q22,
  q23,
}

/** The query of a name. Throws `USAGE` where there is none. */
export function queryNamed(name: string): Query {
  const found = Object.hasOwn(queries, name) ? queries[name] : undefined
  if (found !== undefined) return found
  throw new UsageError(`there is no query "${name}"; expected one of ${Object.keys(queries).join(', ')}`)
}
