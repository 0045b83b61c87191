/**
 * The broker in one SQLite file, for any number of processes on one machine.
 *
 * Everything that becomes durable does so in one `BEGIN IMMEDIATE … COMMIT` of this connection.
 */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Clock, systemClock } from '../../time/index.ts'
import type {
  Append,
  Broker,
  CommitRequest,
  Group,
  Lease,
  Moment,
  PartitionInfo,
  Reader,
  StartPosition,
  TopicInfo,
  TopicRules,
} from '../broker.ts'
import { checkAppend, checkSameTopic, checkTopic, leaseHeld, usedAfterClose } from '../broker-errors.ts'
import { Cleaner } from '../cleaner.ts'
import { ChangeWatch } from './change-watch.ts'
import { type Connection, textAt } from './connection.ts'
import { type FileLock, tryLock } from './file-lock.ts'
import { LogReader } from './log-reader.ts'
import { PartitionLogs } from './partition-log.ts'
import { openBrokerFile } from './schema.ts'
import { SharedFile } from './shared-file.ts'
import { SqliteCleanerHost } from './sqlite-cleaner-host.ts'
import { SqliteGroup, type SqliteGroupHost } from './sqlite-group.ts'
import { SqliteMoment } from './sqlite-moment.ts'

/** How long a call waits for another process that is writing. */
export const DEFAULT_BUSY_TIMEOUT_MS = 10_000

export interface SqliteBrokerOptions {
  /** Gives the append times and the waiting; the machine's clock by default. */
  readonly clock?: Clock
  /** Whether to checkpoint in the background, on a thread; true by default. */
  readonly checkpoint?: boolean
  /** How long a call waits for another process that is writing; `DEFAULT_BUSY_TIMEOUT_MS` by default. */
  readonly busyTimeoutMs?: number
}

/** A broker in a file, and in the side files that SQLite and the leases put beside it. */
export class SqliteBroker implements Broker {
  readonly url: string
  readonly shared = true
  /** Without symbolic links, so that all agree on the names of the side files. */
  readonly #path: string
  readonly #clock: Clock
  readonly #checkpoint: boolean
  readonly #busyTimeoutMs: number
  readonly #connection: Connection
  readonly #changes: ChangeWatch
  readonly #logs: PartitionLogs
  readonly #file: SharedFile
  readonly #cleaner: Cleaner
  readonly #leases = new Set<FileLock>()
  readonly #host: SqliteGroupHost = {
    connection: () => this.#live(),
    write: (request, before) => this.#write(request, before),
  }
  readonly #onChange = (): void => this.#changes.check()

  private constructor(url: string, connection: Connection, options: SqliteBrokerOptions) {
    this.url = url
    this.#clock = options.clock ?? systemClock
    this.#checkpoint = options.checkpoint ?? true
    this.#busyTimeoutMs = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS
    this.#connection = connection
    this.#changes = new ChangeWatch(connection, this.#clock)
    this.#logs = new PartitionLogs(connection, url)
    this.#cleaner = new Cleaner(new SqliteCleanerHost(connection, this.#logs), this.#clock)
    this.#path = realpathSync(connection.path)
    this.#file = SharedFile.join(this.#path, this.#onChange)
  }

  /** Opens, or makes, the file of a `file:PATH` URL; a relative path counts from the current folder. */
  static async open(url: string, options: SqliteBrokerOptions = {}): Promise<SqliteBroker> {
    const path = resolve(url.slice('file:'.length))
    const timeout = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS
    const connection = await openBrokerFile(path, options.clock ?? systemClock, timeout)
    return new SqliteBroker(url, connection, options)
  }

  async createTopic(topic: TopicInfo): Promise<boolean> {
    checkTopic(topic)
    const existing = await this.topic(topic.name)
    if (existing === undefined) return this.#change(() => this.#logs.create(topic))
    checkSameTopic(existing, topic)
    return false
  }

  async alterTopic(name: string, rules: TopicRules): Promise<void> {
    this.#change(() => this.#logs.alter(name, rules))
  }

  async deleteTopic(name: string): Promise<void> {
    this.#change(() => this.#logs.delete(name))
  }

  async topics(): Promise<readonly TopicInfo[]> {
    return this.#live().read(() => this.#logs.topics())
  }

  async topic(name: string): Promise<TopicInfo | undefined> {
    return this.#live().read(() => this.#logs.topic(name))
  }

  async partitions(topic: string): Promise<readonly PartitionInfo[]> {
    return this.#live().read(() => this.#logs.bounds(topic))
  }

  async resolve(topic: string, partition: number, start: StartPosition): Promise<number> {
    return this.#live().read(() => this.#logs.resolve(topic, partition, start))
  }

  async produce(appends: readonly Append[]): Promise<readonly number[]> {
    return this.#write({ appends, purges: [] }, () => {})
  }

  reader(topic: string, partition: number, offset: number): Reader {
    const connection = this.#live()
    const { id } = connection.read(() => this.#logs.find(topic, partition))
    return new LogReader({ connection, changes: this.#changes, topic, partition, id, offset })
  }

  async news(signal: AbortSignal): Promise<void> {
    this.#live()
    await this.#changes.wait(signal)
  }

  async moment(): Promise<Moment> {
    return SqliteMoment.begin(this.#live().path, this.url, this.#busyTimeoutMs)
  }

  group(id: string): Group {
    return new SqliteGroup(id, this.#host)
  }

  async groups(): Promise<readonly string[]> {
    const connection = this.#live()
    const rows = connection.read(() =>
      connection.all('SELECT group_id FROM positions UNION SELECT group_id FROM facts ORDER BY group_id'),
    )
    return rows.map(row => textAt(row, 0, connection.path))
  }

  async acquireLease(group: string): Promise<Lease> {
    this.#live()
    const lock = tryLock(`${this.#path}-lease-${encodeURIComponent(group)}`)
    if (lock === undefined) throw leaseHeld(group, this.url)
    this.#leases.add(lock)
    return {
      release: async () => {
        this.#leases.delete(lock)
        lock.release()
      },
    }
  }

  async close(): Promise<void> {
    if (!this.#connection.isOpen) return
    for (const lock of this.#leases) lock.release()
    this.#leases.clear()
    this.#changes.close()
    this.#cleaner.finish()
    if (this.#checkpoint) this.#checkpointOnce()
    this.#connection.close()
    await this.#file.leave(this.#onChange)
  }

  /** The connection, unless the broker is closed. */
  #live(): Connection {
    if (!this.#connection.isOpen) throw usedAfterClose(this.url)
    return this.#connection
  }

  #write(request: Pick<CommitRequest, 'appends' | 'purges'>, before: () => void): readonly number[] {
    const { appends, purges } = request
    for (const append of appends) checkAppend(append)
    // positions alone are no news
    if (appends.length === 0 && purges.length === 0) {
      this.#live().transaction(before)
      return []
    }
    const offsets = this.#change(() => {
      before()
      const now = this.#clock.now()
      const given = appends.map(append => this.#logs.append(append, now))
      for (const purge of purges) this.#logs.purge(purge)
      return given
    })
    if (this.#checkpoint)
      this.#file.wrote(appends.reduce((sum, append) => sum + append.batch.bytes.length, 0))
    if (appends.length > 0) this.#cleaner.appended()
    return offsets
  }

  #checkpointOnce(): void {
    try {
      this.#connection.get('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {
      // what is committed is durable in the write-ahead log: the next one to open the file goes on
    }
  }

  #change<T>(work: () => T): T {
    const result = this.#live().transaction(work)
    this.#changes.changed()
    this.#file.changed(this.#onChange)
    return result
  }
}
