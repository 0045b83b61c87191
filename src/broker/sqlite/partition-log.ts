/** Topics and their partitions in a broker file: appending, purging, bounds. */
import { crc32 } from 'node:zlib'
import type { Append, PartitionInfo, StartPosition, TopicInfo, TopicKind, TopicRules } from '../broker.ts'
import { checkSameTopic, partitionUnknown, topicUnknown } from '../broker-errors.ts'
import { resolveStart } from '../start-position.ts'
import { checkRules, hasRules, rulesOf } from '../topic-rules.ts'
import { BATCH_COLUMNS, batchOf } from './batch-row.ts'
import { type Connection, numberAt, type Row, textAt } from './connection.ts'
import { damaged } from './sqlite-error.ts'

/** The part of a commit that drops records. */
export interface Purge {
  readonly topic: string
  readonly partition: number
  readonly before: number
}

const TOPIC_COLUMNS = 'name, partitions, kind, rules'

/** All logs of one broker file. Those that write are called inside a transaction. */
export class PartitionLogs {
  readonly #connection: Connection
  readonly #url: string

  constructor(connection: Connection, url: string) {
    this.#connection = connection
    this.#url = url
  }

  topics(): readonly TopicInfo[] {
    return this.#connection
      .all(`SELECT ${TOPIC_COLUMNS} FROM topics ORDER BY name`)
      .map(row => this.#topicOf(row))
  }

  /** The topics from which something may be removed. */
  ruledTopics(): readonly TopicInfo[] {
    return this.#connection
      .all(`SELECT ${TOPIC_COLUMNS} FROM topics WHERE rules IS NOT NULL`)
      .map(row => this.#topicOf(row))
  }

  topic(name: string): TopicInfo | undefined {
    const row = this.#connection.get(`SELECT ${TOPIC_COLUMNS} FROM topics WHERE name = ?`, name)
    return row === undefined ? undefined : this.#topicOf(row)
  }

  /** Makes a topic and says whether it was missing. */
  create(topic: TopicInfo): boolean {
    const existing = this.topic(topic.name)
    if (existing !== undefined) {
      checkSameTopic(existing, topic)
      return false
    }
    const { name, partitions, kind } = topic
    this.#connection.run(
      'INSERT INTO topics (name, partitions, kind, rules) VALUES (?, ?, ?, ?)',
      name,
      partitions,
      kind,
      rulesText(topic),
    )
    for (let partition = 0; partition < partitions; partition++) {
      this.#connection.run('INSERT INTO partitions (topic, partition) VALUES (?, ?)', name, partition)
    }
    return true
  }

  alter(name: string, rules: TopicRules): void {
    const topic = this.topic(name)
    if (topic === undefined) throw topicUnknown(name, this.#url)
    checkRules(topic, rules)
    this.#connection.run('UPDATE topics SET rules = ? WHERE name = ?', rulesText(rules), name)
  }

  delete(name: string): void {
    this.#connection.run(
      'DELETE FROM batches WHERE partition_id IN (SELECT id FROM partitions WHERE topic = ?)',
      name,
    )
    this.#connection.run('DELETE FROM partitions WHERE topic = ?', name)
    this.#connection.run('DELETE FROM topics WHERE name = ?', name)
  }

  bounds(topic: string): readonly PartitionInfo[] {
    const rows = this.#connection.all(
      'SELECT start_offset, end_offset, bytes FROM partitions WHERE topic = ? ORDER BY partition',
      topic,
    )
    if (rows.length === 0) throw topicUnknown(topic, this.#url)
    const { path } = this.#connection
    return rows.map(row => ({
      start: numberAt(row, 0, path),
      end: numberAt(row, 1, path),
      bytes: numberAt(row, 2, path),
    }))
  }

  /** Appends a batch and gives its base offset. */
  append({ topic, partition, batch }: Append, appendTime: number): number {
    const row = this.#connection.get(
      `UPDATE partitions SET end_offset = end_offset + ?, bytes = bytes + ?
       WHERE topic = ? AND partition = ? RETURNING id, end_offset`,
      batch.count,
      batch.bytes.length,
      topic,
      partition,
    )
    if (row === undefined) throw this.#unknown(topic, partition)
    const baseOffset = numberAt(row, 1, this.#connection.path) - batch.count
    this.#connection.run(
      'INSERT INTO batches (partition_id, base_offset, count, max_timestamp, append_time, crc, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)',
      numberAt(row, 0, this.#connection.path),
      baseOffset,
      batch.count,
      batch.maxTimestamp,
      appendTime,
      crc32(batch.bytes),
      batch.bytes,
    )
    return baseOffset
  }

  /** Drops the batches that lie wholly before an offset. */
  purge({ topic, partition, before }: Purge): void {
    const { id, start, end } = this.find(topic, partition)
    const { path } = this.#connection
    const newStart = Math.max(start, Math.min(before, end))
    if (newStart === start) return
    const wholly = 'partition_id = ? AND base_offset < ? AND base_offset + count <= ?'
    const sum = this.#connection.get(
      `SELECT coalesce(sum(length(bytes)), 0) FROM batches WHERE ${wholly}`,
      id,
      newStart,
      newStart,
    )
    this.#connection.run(`DELETE FROM batches WHERE ${wholly}`, id, newStart, newStart)
    const purged = sum === undefined ? 0 : numberAt(sum, 0, path)
    this.#connection.run(
      'UPDATE partitions SET start_offset = ?, bytes = bytes - ?, clean_bytes = max(0, clean_bytes - ?) WHERE id = ?',
      newStart,
      purged,
      purged,
      id,
    )
  }

  resolve(topic: string, partition: number, position: StartPosition): number {
    const { id, start, end } = this.find(topic, partition)
    return resolveStart(position, {
      start,
      end,
      batchByTime: (offset, timeMs) => {
        const row = this.#connection.get(
          `SELECT ${BATCH_COLUMNS} FROM batches
           WHERE partition_id = ? AND base_offset + count > ? AND max_timestamp >= ? ORDER BY base_offset LIMIT 1`,
          id,
          offset,
          timeMs,
        )
        return row === undefined ? undefined : batchOf(row, { topic, partition, path: this.#connection.path })
      },
    })
  }

  /** The row of a partition. Throws `TOPIC_UNKNOWN`. */
  find(
    topic: string,
    partition: number,
  ): { readonly id: number; readonly start: number; readonly end: number } {
    const row = this.#connection.get(
      'SELECT id, start_offset, end_offset FROM partitions WHERE topic = ? AND partition = ?',
      topic,
      partition,
    )
    if (row === undefined) throw this.#unknown(topic, partition)
    const { path } = this.#connection
    return { id: numberAt(row, 0, path), start: numberAt(row, 1, path), end: numberAt(row, 2, path) }
  }

  #unknown(name: string, partition: number): Error {
    const topic = this.topic(name)
    return topic === undefined ? topicUnknown(name, this.#url) : partitionUnknown(topic, partition)
  }

  #topicOf(row: Row): TopicInfo {
    const { path } = this.#connection
    return {
      name: textAt(row, 0, path),
      partitions: numberAt(row, 1, path),
      kind: kindOf(textAt(row, 2, path), path),
      ...(row[3] === null ? {} : parseRules(textAt(row, 3, path), path)),
    }
  }
}

/** Null for no rules, so that they are found without reading any. */
function rulesText(rules: TopicRules): string | null {
  const kept = rulesOf(rules)
  return hasRules(kept) ? JSON.stringify(kept) : null
}

function parseRules(text: string, path: string): TopicRules {
  try {
    return rulesOf(JSON.parse(text) as TopicRules)
  } catch (thrown) {
    throw damaged(path, `found the rules of a topic that are none: ${text}`, { cause: thrown })
  }
}

function kindOf(text: string, path: string): TopicKind {
  if (text === 'user' || text === 'repartition' || text === 'changelog' || text === 'snapshot') return text
  throw damaged(path, `found the unknown kind of topic ${JSON.stringify(text)}`)
}
