/** What each operator declares about itself: drives exchanges, pre-aggregation, warnings and docs. */
import type { Nature } from '../graph/index.ts'

const STATELESS: Nature = {
  order: 'any',
  stateful: false,
  mergeable: false,
  retracting: false,
  processingTime: false,
}

const ORDERED: Nature = { ...STATELESS, stateful: true, order: 'perChannel' }

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
  | 'match'
  | 'running'
  | 'orderedRunning'
  | 'starmap'
  | 'pluck'
  | 'remove'
  | 'flatten'
  | 'sink'
  | 'withMeta'
  | 'scan'
  | 'mapWithState'
  | 'frequencies'
  | 'reduce'
  | 'slice'
  | 'take'
  | 'skip'
  | 'chunk'
  | 'chunkUnique'
  | 'slidingWindow'
  | 'unique'
  | 'collect'
  | 'timedWindow'
  | 'timedWindowUnique'
  | 'delay'
  | 'pace'
  | 'rateLimit'
  | 'buffer'
  | 'latest'
  | 'zip'
  | 'combineLatest'
  | 'zipLatest'
  | 'toTable'
  | 'updates'
  | 'suppress'
  | 'joinChanges'
  | 'joinTable'
  | 'foreignKey'
  | 'join'

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
  match: { ...STATELESS, stateful: true },
  running: { ...STATELESS, stateful: true, retracting: true },
  orderedRunning: { ...STATELESS, stateful: true, order: 'perChannel', retracting: true },
  starmap: STATELESS,
  pluck: STATELESS,
  remove: STATELESS,
  flatten: STATELESS,
  sink: STATELESS,
  withMeta: STATELESS,
  scan: ORDERED,
  mapWithState: ORDERED,
  frequencies: ORDERED,
  reduce: ORDERED,
  slice: ORDERED,
  take: ORDERED,
  skip: ORDERED,
  chunk: ORDERED,
  chunkUnique: ORDERED,
  slidingWindow: ORDERED,
  unique: ORDERED,
  collect: { ...ORDERED, processingTime: true },
  timedWindow: { ...ORDERED, processingTime: true },
  timedWindowUnique: { ...ORDERED, processingTime: true },
  delay: { ...STATELESS, stateful: true, processingTime: true },
  pace: { ...STATELESS, stateful: true, processingTime: true },
  rateLimit: { ...STATELESS, stateful: true, processingTime: true },
  buffer: { ...ORDERED, processingTime: true },
  latest: { ...ORDERED, processingTime: true },
  zip: ORDERED,
  combineLatest: ORDERED,
  zipLatest: ORDERED,
  toTable: { ...STATELESS, stateful: true, retracting: true },
  updates: { ...STATELESS, takesBack: true },
  joinChanges: { ...STATELESS, stateful: true, retracting: true, takesBack: true },
  joinTable: { ...STATELESS, stateful: true, order: 'perChannel', takesBack: true },
  foreignKey: { ...STATELESS, stateful: true, retracting: true, takesBack: true },
  suppress: { ...STATELESS, stateful: true, retracting: true, takesBack: true },
  join: { ...STATELESS, stateful: true },
}
