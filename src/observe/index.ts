/** What a running app tells: typed events, and those who listen: logger, totals, metrics. */
export type {
  ChannelWatermark,
  CircuitSwitched,
  ElementFailed,
  HeapUse,
  Heartbeat,
  InputProgress,
  Late,
  Listener,
  MemoryLow,
  Printed,
  Progress,
  SluiceEvent,
  StateChanged,
  StepProgress,
} from './events.ts'
export { Latency } from './latency.ts'
export {
  type LogFields,
  type Logger,
  type LogLevel,
  type LogLevels,
  type LogRoom,
  lineLogger,
  logJson,
  logText,
  parseLogLevels,
  withLevels,
} from './log.ts'
export { type LogEventsOptions, logEvents, openCircuitText } from './log-events.ts'
export { PROMETHEUS_TYPE, prometheusText } from './prometheus.ts'
export { RunTotals, type StepTotals, type Totals } from './run-totals.ts'
export { RunWatch, type Verdict } from './run-watch.ts'
