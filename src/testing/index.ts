/** Testing apps: a driver that runs them in memory, on a clock that the test moves. */
export type { RefusalReason } from './commit-trouble.ts'
export type { CrashMoment, CrashPoint } from './crash.ts'
export {
  crash,
  end,
  handOver,
  jumpClock,
  type PlacedRecord,
  type PlayItem,
  pause,
  put,
  record,
  refuseCommits,
  type Script,
  slowCommits,
  start,
  stop,
  takeOver,
} from './play.ts'
export type { TestLimits } from './session.ts'
export { SourceProbe } from './source-probe.ts'
export {
  TEST_START_MS,
  TestDriver,
  type TestDriverOptions,
  type TestRunEnd,
  type TestRunOptions,
} from './test-driver.ts'
export type { ReadRecord, TestRecord } from './test-records.ts'
export { type SinkCall, type SinkFault, TestSink } from './test-sink.ts'
export { WatchedClock } from './watched-clock.ts'
