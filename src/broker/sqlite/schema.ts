/**
 * The tables of a broker file, and how a file comes to have them.
 *
 * Invariant: any number of processes may open the same new file at the same moment. One of them
 * makes the tables, in one transaction; the others find them.
 */
import { BrokerError } from '../../errors.ts'
import type { Clock } from '../../time/index.ts'
import { Connection, numberAt, textAt } from './connection.ts'
import { brokerErrorOf, isBusy } from './sqlite-error.ts'

/** The format that this program writes and reads; raised whenever an older program would misread it. */
export const FORMAT_VERSION = 2
/** Measured: a 60 kB commit is as fast as with 16 kB pages, and a small one as fast as with 4 kB. */
export const PAGE_BYTES = 8192
/** The write-ahead log is checkpointed by the writer itself only when nobody else does. */
export const AUTO_CHECKPOINT_BYTES: number = 16 * 1024 * 1024

const RETRY_MS = 5

/** Brings a file of format 1 to format 2; until then, only the app knew which topic a position is in. */
const UPGRADE_1_TO_2 = `
  ALTER TABLE topics ADD COLUMN rules TEXT;
  ALTER TABLE partitions ADD COLUMN clean_offset INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE partitions ADD COLUMN clean_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE positions ADD COLUMN topic TEXT;
  UPDATE positions SET topic = (
    SELECT substr(step.value, 8) FROM facts, json_each(facts.json) AS step
    WHERE facts.group_id = positions.group_id AND facts.name = 'state'
      AND step.key = positions.step AND step.value LIKE 'source %'
  );
  CREATE INDEX positions_by_topic ON positions (topic, partition);
  UPDATE meta SET value = 2 WHERE name = 'format';
`

const TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE topics (
    name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, kind TEXT NOT NULL,
    -- what may be removed, as JSON; null for nothing
    rules TEXT
  ) WITHOUT ROWID;
  -- ids are never used again, so that a reader notices that its topic was deleted
  CREATE TABLE partitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    start_offset INTEGER NOT NULL DEFAULT 0, end_offset INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
    -- up to where it has been compacted, and how many bytes were left there
    clean_offset INTEGER NOT NULL DEFAULT 0, clean_bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, partition)
  );
  CREATE TABLE batches (
    partition_id INTEGER NOT NULL, base_offset INTEGER NOT NULL, count INTEGER NOT NULL,
    max_timestamp INTEGER NOT NULL, append_time INTEGER NOT NULL, crc INTEGER NOT NULL, bytes BLOB NOT NULL
  );
  -- covers the search by time as well, which must not read the batches themselves
  CREATE INDEX batches_by_offset ON batches (partition_id, base_offset, count, max_timestamp);
  CREATE TABLE positions (
    id INTEGER PRIMARY KEY, group_id TEXT NOT NULL, step TEXT NOT NULL, partition INTEGER NOT NULL,
    epoch INTEGER NOT NULL, next INTEGER NOT NULL, progress BLOB NOT NULL,
    topic TEXT,
    UNIQUE (group_id, step, partition)
  );
  -- none of these columns changes with a commit, which so costs nothing more
  CREATE INDEX positions_by_topic ON positions (topic, partition);
  CREATE TABLE facts (
    group_id TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (group_id, name)
  ) WITHOUT ROWID;
`

/** Opens a broker file and makes its tables where they are missing. */
export async function openBrokerFile(path: string, clock: Clock, busyTimeoutMs: number): Promise<Connection> {
  const connection = new Connection(path, busyTimeoutMs)
  try {
    await whileBusy(clock, busyTimeoutMs, () => {
      if (!hasTables(connection)) makeTables(connection)
      if (formatOf(connection) === 1) upgrade(connection)
      checkFormat(connection)
    })
    // the switch to WAL needs the file for itself, and does not wait for it by the busy timeout
    await whileBusy(clock, busyTimeoutMs, () => useWriteAheadLog(connection))
    return connection
  } catch (thrown) {
    connection.close()
    throw brokerErrorOf(thrown, path)
  }
}

function hasTables(connection: Connection): boolean {
  const names = connection.all("SELECT name FROM sqlite_schema WHERE type = 'table'")
  if (names.length === 0) return false
  if (names.some(row => textAt(row, 0, connection.path) === 'meta')) return true
  throw new BrokerError(
    'BROKER_FORMAT',
    `${connection.path} is an SQLite database, but not a broker file of Sluice; name another file`,
  )
}

function makeTables(connection: Connection): void {
  // both take effect with the first table; neither can be changed later without rewriting the file
  connection.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL`)
  connection.exec('BEGIN EXCLUSIVE')
  try {
    if (!hasTables(connection)) {
      connection.exec(TABLES)
      const insert = 'INSERT INTO meta (name, value) VALUES (?, ?)'
      connection.run(insert, 'format', FORMAT_VERSION)
      connection.run(insert, 'made_by', `sluice on node ${process.versions.node}`)
      connection.run(insert, 'epoch', 0)
    }
    connection.exec('COMMIT')
  } catch (thrown) {
    connection.rollback()
    throw thrown
  }
}

function formatOf(connection: Connection): number | undefined {
  const row = connection.get("SELECT value FROM meta WHERE name = 'format'")
  return row === undefined ? undefined : numberAt(row, 0, connection.path)
}

function upgrade(connection: Connection): void {
  connection.exec('BEGIN EXCLUSIVE')
  try {
    // somebody else may have been faster
    if (formatOf(connection) === 1) connection.exec(UPGRADE_1_TO_2)
    connection.exec('COMMIT')
  } catch (thrown) {
    connection.rollback()
    throw thrown
  }
}

function checkFormat(connection: Connection): void {
  const found = formatOf(connection)
  if (found === FORMAT_VERSION) return
  const fix =
    found !== undefined && found > FORMAT_VERSION ? 'upgrade sluice to open it' : 'name another file'
  throw new BrokerError(
    'BROKER_FORMAT',
    `the broker file ${connection.path} has format ${found ?? 'unknown'}; this program reads format ${FORMAT_VERSION}: ${fix}`,
  )
}

function useWriteAheadLog(connection: Connection): void {
  const row = connection.get('PRAGMA journal_mode = WAL')
  const mode = row === undefined ? '' : textAt(row, 0, connection.path)
  if (mode !== 'wal') {
    throw new BrokerError(
      'BROKER_UNAVAILABLE',
      `the file system of ${connection.path} does not allow a write-ahead log (SQLite stays in mode "${mode}"); use a local disk`,
    )
  }
  connection.exec(
    `PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${AUTO_CHECKPOINT_BYTES / PAGE_BYTES}; ` +
      `PRAGMA journal_size_limit = ${AUTO_CHECKPOINT_BYTES}`,
  )
}

/** Tries again while others hold the locks, up to `timeoutMs`. */
async function whileBusy(clock: Clock, timeoutMs: number, attempt: () => void): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs
  for (;;) {
    try {
      return attempt()
    } catch (thrown) {
      if (!isBusy(thrown) || clock.monotonic() >= deadline) throw thrown
    }
    await clock.sleep(RETRY_MS)
  }
}
