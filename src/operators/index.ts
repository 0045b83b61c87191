/** The handles that users build graphs with. */

export type { BreakerOptions, MapAsyncOptions, OrderOptions } from './async-options.ts'
export { BaseStream, isStream, type WithValue } from './base-stream.ts'
export {
  type ChartOptions,
  type ChartRow,
  drawLineChart,
  drawTerminalChart,
  sparkline,
  type TerminalChartOptions,
  type VegaLiteChart,
  type VegaLiteRow,
  vegaLiteChart,
} from './chart/index.ts'
export { checkFunction, checkOptions } from './check-options.ts'
export type { Operator, ProcessOptions } from './core-stream.ts'
export { FoldedStream, type FoldOutput, type FoldResults } from './folded-stream.ts'
export {
  type Aggregation,
  type AnyFold,
  type ApproxDistinctOptions,
  approxDistinct,
  bottom,
  collect,
  count,
  countBy,
  deviation,
  distinct,
  type Fold,
  type FoldsByName,
  first,
  last,
  max,
  maxBy,
  mean,
  median,
  min,
  minBy,
  type Place,
  type QuantileOptions,
  type QuantileResults,
  quantile,
  quantiles,
  reduce,
  sum,
  top,
  type ValueCount,
  type VarianceOptions,
  variance,
  where,
} from './folds/index.ts'
export {
  type CombineLatestOptions,
  Literal,
  literal,
  type RowOfInputs,
  type ZipInput,
  type ZipOptions,
} from './joined-stream.ts'
export type { AsOfHow, AsOfJoinOptions } from './joins/as-of.ts'
export type {
  Cogroup,
  CogroupOptions,
  WindowJoined,
  WindowJoinOptions,
  WindowJoinRow,
} from './joins/cogroup.ts'
export type { Joined, JoinHow, JoinRow } from './joins/how.ts'
export type { IntervalJoinOptions, JoinInterval } from './joins/interval.ts'
export type { LookupCache, LookupHow, LookupOptions, LookupRow } from './joins/lookup.ts'
export type { WithMeta } from './kernels/meta-kernel.ts'
export { type SlotParts, Slots } from './kernels/slot-kernel.ts'
export { type Chartable, chart, type LiveChart, type LiveChartOptions } from './live-chart.ts'
export type { EmitMeta, LiveDeadLetter, LivePort, SourceEnd, Tap, Tapped } from './live-port.ts'
export type { MatchedStream, MatchOptions } from './match-stream.ts'
export { NATURES } from './natures.ts'
export type { Observer, Subscription } from './observable.ts'
export type { Rate, TimedWindowOptions } from './paced-stream.ts'
export {
  type AnyPattern,
  Pattern,
  type PatternStart,
  pattern,
  type StageCondition,
  type StageGuard,
} from './patterns/pattern.ts'
export type {
  Match,
  MatchedEvents,
  PartialEvents,
  PartialMatch,
  StageCount,
  StageType,
  StageTypes,
  TakenEvents,
} from './patterns/pattern-types.ts'
export type { SkipStrategy } from './patterns/skip.ts'
export {
  type CellOptions,
  type CellTime,
  type ListSpec,
  list,
  type MapKey,
  type MapSpec,
  map,
  type OutputSpec,
  output,
  type ValueSpec,
  value,
  type WindowCellOptions,
  type WindowsSpec,
  windows,
} from './process/cell-specs.ts'
export type { ListState } from './process/list-cell.ts'
export type { MapState } from './process/map-cell.ts'
export type {
  BroadcastContext,
  BroadcastFunction,
  ProcessContext,
  ProcessFunction,
  TimerEvent,
} from './process/process-function.ts'
export type { Timer, TimerId } from './process/timer-cell.ts'
export type { ValueState } from './process/value-cell.ts'
export type { WindowState, WindowsState } from './process/windows-cell.ts'
export { BroadcastStream, type Processed } from './process-stream.ts'
export type { KeyedResult } from './running-kernel.ts'
export { RunningStream } from './running-stream.ts'
export type { ScatterOptions } from './scatter-pool.ts'
export { type ScatteredStream, scatterOver } from './scattered-stream.ts'
export { isLive, livePort, type StepAdder, type StepOptions, type StreamScope } from './scope.ts'
export type {
  ChunkOptions,
  Row,
  ScanOptions,
  UniqueChunkOptions,
  UniqueOptions,
} from './sequence-stream.ts'
export { SmallStream } from './small-stream.ts'
export { type EventTimeOptions, KeyedStream, type KeyField, Stream } from './stream.ts'
export type { JoinOf, JoinStream, LateSides, WindowJoinOf } from './stream-join.ts'
export type { Change } from './tables/change.ts'
export { ChangeStream, KeyedChanges, Table } from './tables/change-stream.ts'
export type { SuppressOptions } from './tables/suppress-kernel.ts'
export type { TableOf, TableOptions } from './tables/to-table.ts'
export type { Update } from './tables/updates-kernel.ts'
export {
  checkTopic,
  type RetentionOptions,
  Topic,
  type TopicFor,
  type TopicOptions,
  type TopicStart,
} from './topic.ts'
export { type CalendarOptions, type CalendarUnit, calendar } from './window/calendar.ts'
export { type CountWindowOptions, countWindows } from './window/count-windows.ts'
export { cumulate } from './window/cumulate.ts'
export { globalWindow } from './window/global-window.ts'
export { hopping } from './window/hopping.ts'
export { session } from './window/session.ts'
export { type SlidingOptions, sliding } from './window/sliding.ts'
export { type TumblingOptions, tumbling } from './window/tumbling.ts'
export type { Window, WindowKey, WindowResult } from './window/window.ts'
export type { RetractOption, WindowEmit, WindowOptions } from './window/window-options.ts'
export type { Windows } from './window/windows.ts'
export { WindowedStream } from './windowed-stream.ts'
