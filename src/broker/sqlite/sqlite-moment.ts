/**
 * A broker file as it was at one moment: a read transaction on a connection of its own.
 *
 * Writers never wait for it; the write-ahead log grows until it is closed, as during a backup.
 */
import type { InputPosition, Moment, PartitionInfo, Reader, TopicInfo } from '../broker.ts'
import { Connection } from './connection.ts'
import { LogReader } from './log-reader.ts'
import { PartitionLogs } from './partition-log.ts'
import { SqliteGroup, type SqliteGroupHost } from './sqlite-group.ts'

/** Nothing changes here. */
const NO_CHANGES = { version: () => 0 }

/** What was committed in a broker file when it began. */
export class SqliteMoment implements Moment {
  readonly url: string
  readonly #connection: Connection
  readonly #logs: PartitionLogs
  readonly #host: SqliteGroupHost

  private constructor(url: string, connection: Connection) {
    this.url = url
    this.#connection = connection
    this.#logs = new PartitionLogs(connection, url)
    this.#host = { connection: () => connection, write: () => [] }
  }

  /** Holds the moment at which it is called. */
  static begin(path: string, url: string, busyTimeoutMs: number): SqliteMoment {
    const connection = new Connection(path, busyTimeoutMs)
    try {
      connection.read(() => {
        connection.rollback()
        connection.run('BEGIN')
        // The transaction begins with its first read.
        connection.get('SELECT value FROM meta')
      })
    } catch (thrown) {
      connection.close()
      throw thrown
    }
    return new SqliteMoment(url, connection)
  }

  async topic(name: string): Promise<TopicInfo | undefined> {
    return this.#connection.read(() => this.#logs.topic(name))
  }

  async partitions(topic: string): Promise<readonly PartitionInfo[]> {
    return this.#connection.read(() => this.#logs.bounds(topic))
  }

  reader(topic: string, partition: number, offset: number): Reader {
    const connection = this.#connection
    const { id } = connection.read(() => this.#logs.find(topic, partition))
    return new LogReader({ connection, changes: NO_CHANGES, topic, partition, id, offset })
  }

  async positions(group: string): Promise<readonly InputPosition[]> {
    return new SqliteGroup(group, this.#host).positions()
  }

  async fact(group: string, name: string): Promise<unknown> {
    return new SqliteGroup(group, this.#host).fact(name)
  }

  async close(): Promise<void> {
    this.#connection.close()
  }
}
