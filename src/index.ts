/** Sluice: stream processing for TypeScript. The public door. */
export { App, type AppOptions, Producer, type ProducerOptions, type SendOptions } from './app/index.ts'
export { type Broker, MemoryBroker, openBroker } from './broker/index.ts'
export {
  bytes,
  type Codec,
  type CsvColumns,
  type CsvOptions,
  csv,
  json,
  type Key,
  lines,
  msgpack,
  type StandardSchema,
  string,
  type ValueOf,
} from './codec/index.ts'
export {
  type ElementMeta,
  fromEvent,
  type ModuleFunction,
  type Pool,
  type PoolOptions,
  type Sink,
  type SinkHost,
  type SinkMeta,
  type SinkTarget,
  type Source,
  type SourceHost,
  type WorkerDeath,
} from './connect/index.ts'
export {
  BrokerError,
  CodecError,
  ConnectorError,
  type ErrorCode,
  FencedError,
  GraphError,
  InternalError,
  LeaseError,
  SluiceError,
  StateError,
  StepError,
  UsageError,
} from './errors.ts'
export {
  drawGraph,
  type EdgeCount,
  type ErrorPolicy,
  type Graph,
  graphToJson,
  RefCounter,
} from './graph/index.ts'
export type { Listener, LogFields, Logger, Progress, SluiceEvent } from './observe/index.ts'
export {
  type Aggregation,
  type EventTimeOptions,
  type KeyedResult,
  type KeyedStream,
  type LiveDeadLetter,
  literal,
  type MapAsyncOptions,
  type RetentionOptions,
  type ScatteredStream,
  type ScatterOptions,
  type StepOptions,
  Topic,
  type TopicOptions,
  tumbling,
  type Window,
  type WindowedStream,
  type WindowResult,
  type Windows,
} from './operators/index.ts'
export {
  moduleFunction,
  openPool,
  type RunMode,
  type RunOptions,
  runProgram,
  runWorkers,
  Stream,
  type StreamOptions,
  type VisualizeOptions,
  visualize,
  type WorkersOptions,
} from './runtime/index.ts'
export { type Duration, durationMs, ManualClock } from './time/index.ts'
