/** Brokers: durable partitioned logs, consumer groups, and the one atomic commit. */
export {
  type Append,
  type Broker,
  type CommitRequest,
  type Group,
  type InputAddress,
  type InputCommit,
  type InputPosition,
  type Lease,
  MAX_TOPIC_NAME_LENGTH,
  type PartitionInfo,
  type Reader,
  type StartPosition,
  type TopicInfo,
  type TopicKind,
  topicNameProblem,
} from './broker.ts'
export { MAX_PARTITIONS } from './broker-errors.ts'
export { MemoryBroker, type MemoryBrokerOptions } from './memory/memory-broker.ts'
export { type BrokerOptions, openBroker } from './open.ts'
export {
  BatchBuilder,
  BatchCursor,
  type EncodedBatch,
  type Headers,
  NO_HEADERS,
  type RecordBatch,
} from './record-batch.ts'
export { SqliteBroker, type SqliteBrokerOptions } from './sqlite/sqlite-broker.ts'
