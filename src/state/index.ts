/** Keyed state: cells, their changelog and snapshots. */
export { type Change, KeyedCell } from './cell.ts'
export { Cells, type ValueCell } from './cells.ts'
export { type Entry, MemoryCell } from './memory-cell.ts'
export { type RawAddition, type RawEntry, RawSnapshot, RawState } from './raw-state.ts'
export { ShardState } from './shard-state.ts'
export {
  type LogSource,
  type Purge,
  type RestoredLog,
  restoreState,
  StateLog,
  type StateTopics,
} from './state-log.ts'
export {
  type Addition,
  type Growth,
  plainWire,
  readPart,
  type Wire,
  type WrittenPart,
  writePart,
} from './wire.ts'
