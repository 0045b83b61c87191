/** What each operator declares about itself: drives exchanges, pre-aggregation, warnings and docs. */
import type { Nature } from '../graph/index.ts'

const STATELESS: Nature = {
  order: 'any',
  stateful: false,
  mergeable: false,
  retracting: false,
  processingTime: false,
}

/**
 * An operator, by the name that users call it by; aggregations by where they happen, the ordered ones
 * being those whose result depends on the order of elements: `reduce`, and `aggregate` without `merge`.
 */
export type OperatorName =
  | 'stream'
  | 'map'
  | 'mapAsync'
  | 'filter'
  | 'flatMap'
  | 'peek'
  | 'merge'
  | 'keyBy'
  | 'to'
  | 'print'
  | 'toArray'
  | 'eventTime'
  | 'processingTime'
  | 'window'
  | 'orderedWindow'
  | 'running'
  | 'orderedRunning'

/** The nature of every operator, by the name that users call it by. */
export const NATURES: Readonly<Record<OperatorName, Nature>> = {
  stream: STATELESS,
  map: STATELESS,
  mapAsync: STATELESS,
  filter: STATELESS,
  flatMap: STATELESS,
  peek: STATELESS,
  merge: STATELESS,
  keyBy: STATELESS,
  to: STATELESS,
  print: STATELESS,
  toArray: STATELESS,
  eventTime: { ...STATELESS, stateful: true },
  processingTime: { ...STATELESS, stateful: true, processingTime: true },
  window: { ...STATELESS, stateful: true, mergeable: true },
  orderedWindow: { ...STATELESS, stateful: true, order: 'perChannel' },
  running: { ...STATELESS, stateful: true, retracting: true },
  orderedRunning: { ...STATELESS, stateful: true, order: 'perChannel', retracting: true },
}
