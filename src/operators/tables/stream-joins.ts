/** Joins of streams in which tables and change streams take part: with a table, and of two streams for ever. */
import { describeValue, GraphError } from '../../errors.ts'
import { checkOptions } from '../check-options.ts'
import { checkHow, HOWS, type JoinHow } from '../joins/how.ts'
import type { KeyedStream } from '../stream.ts'
import type { Change } from './change.ts'
import { KeyedChanges, type Table } from './change-stream.ts'
import { ENRICH_HOWS, type EnrichHow, enrichKernel } from './enrich-kernel.ts'
import type { EnrichOptions, UnboundedJoinOptions } from './join-options.ts'
import { regularJoin, staysOnly } from './regular-join.ts'
import { stepOfTwo } from './step-of-two.ts'

/** A stream joined with a table: each element with the row of its key. */
export function joinWithTable(
  left: KeyedStream<unknown, unknown>,
  right: Table<unknown, unknown>,
  options: EnrichOptions<EnrichHow> = {},
): unknown {
  checkOptions(options, ['how', 'id', 'onError'], 'join with a table')
  const { how = 'inner', ...rest } = options
  const factory = enrichKernel(checkHow(how, ENRICH_HOWS, 'join with a table'))
  return stepOfTwo(left, right.toChangelog(), { factory, name: 'joinTable', options: rest })
}

/** Two streams joined for ever: a stream of rows, or where some may go again, changes. */
export function joinUnbounded(
  left: KeyedStream<unknown, unknown>,
  right: KeyedStream<unknown, unknown>,
  options: UnboundedJoinOptions<JoinHow>,
): unknown {
  checkOptions(options, ['unbounded', 'how', 'id', 'onError'], 'join with unbounded')
  const { unbounded, how = 'inner', ...rest } = options
  if (unbounded !== true) {
    throw new GraphError('OPTION_INVALID', `join: unbounded is ${describeValue(unbounded)}; expected true`)
  }
  const rules = { how: checkHow(how, HOWS, 'join with unbounded'), changes: [false, false] } as const
  const isStream = staysOnly(rules)
  const step = {
    factory: regularJoin(rules),
    name: isStream ? 'join' : 'joinChanges',
    options: rest,
  } as const
  const joined = stepOfTwo(left, right, step)
  // That it gives changes, the rules say.
  return isStream ? joined : new KeyedChanges(joined as KeyedStream<unknown, Change<unknown>>)
}
