/** Testing apps: a driver that runs them in memory, on a clock that the test moves. */
export type { CrashMoment, CrashPoint } from './crash.ts'
export {
  TEST_START_MS,
  TestDriver,
  type TestDriverOptions,
  type TestRunEnd,
  type TestRunOptions,
} from './test-driver.ts'
export type { ReadRecord, TestRecord } from './test-records.ts'
