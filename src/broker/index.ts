/** Brokers: durable partitioned logs, consumer groups, and the one atomic commit. */
export {
  type Append,
  type Broker,
  type CommitRequest,
  type Group,
  type InputAddress,
  type InputClaim,
  type InputCommit,
  type InputPosition,
  type Lease,
  MAX_TOPIC_NAME_LENGTH,
  type Moment,
  type PartitionInfo,
  type Reader,
  type Retention,
  type StartPosition,
  type TopicInfo,
  type TopicKind,
  type TopicRules,
  topicNameProblem,
} from './broker.ts'
export { MAX_PARTITIONS, offsetOutOfRange } from './broker-errors.ts'
export { CLEAN_EVERY_MS } from './cleaner.ts'
export { TOMBSTONE_MS } from './compaction-round.ts'
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
export { type BackupOptions, backupFile } from './sqlite/backup.ts'
export { type RestoreOptions, restoreFile } from './sqlite/restore.ts'
export { SqliteBroker, type SqliteBrokerOptions } from './sqlite/sqlite-broker.ts'
export type { FileFindings } from './sqlite/verify.ts'
export { hasRules, rulesOf } from './topic-rules.ts'
