/** A group's positions and facts in a broker file, and the atomic commit. */
import type { CommitRequest, Group, InputClaim, InputCommit, InputPosition } from '../broker.ts'
import { fenced } from '../broker-errors.ts'
import { encodeFact } from '../fact.ts'
import { bytesAt, type Connection, numberAt, type Row, textAt } from './connection.ts'

/** What a group needs of its broker. */
export interface SqliteGroupHost {
  /** Throws when the broker is closed. */
  connection(): Connection
  /** Runs `before` and then the appends and purges in one transaction, and tells whoever waits. */
  write(request: Pick<CommitRequest, 'appends' | 'purges'>, before: () => void): readonly number[]
}

const COLUMNS = 'step, partition, epoch, next, progress, topic'

// a position in another topic is none in this one
const IS_ELSEWHERE = 'topic IS NOT NULL AND excluded.topic IS NOT NULL AND topic <> excluded.topic'
const CLAIM = `
  INSERT INTO positions (group_id, step, partition, epoch, next, topic, progress) VALUES (?, ?, ?, ?, ?, ?, x'')
  ON CONFLICT (group_id, step, partition) DO UPDATE SET
    epoch = excluded.epoch, topic = coalesce(excluded.topic, topic),
    next = CASE WHEN ${IS_ELSEWHERE} THEN excluded.next ELSE next END,
    progress = CASE WHEN ${IS_ELSEWHERE} THEN excluded.progress ELSE progress END
  RETURNING ${COLUMNS}`

// compare and set in one: no row changed means that another worker has taken over
const ADVANCE = `
  UPDATE positions SET next = ?, progress = ?
  WHERE group_id = ? AND step = ? AND partition = ? AND epoch = ? AND next = ?`

/** A handle on a group of a broker file. */
export class SqliteGroup implements Group {
  readonly id: string
  readonly #host: SqliteGroupHost

  constructor(id: string, host: SqliteGroupHost) {
    this.id = id
    this.#host = host
  }

  async positions(): Promise<readonly InputPosition[]> {
    const connection = this.#host.connection()
    return connection.read(() =>
      connection
        .all(`SELECT ${COLUMNS} FROM positions WHERE group_id = ? ORDER BY step, partition`, this.id)
        .map(row => positionOf(row, connection.path)),
    )
  }

  async fact(name: string): Promise<unknown> {
    const connection = this.#host.connection()
    return connection.read((): unknown => {
      const row = connection.get('SELECT json FROM facts WHERE group_id = ? AND name = ?', this.id, name)
      return row === undefined ? undefined : JSON.parse(textAt(row, 0, connection.path))
    })
  }

  async setFact(name: string, value: unknown): Promise<void> {
    const connection = this.#host.connection()
    const json = encodeFact(name, value)
    connection.transaction(() => {
      if (json === undefined)
        connection.run('DELETE FROM facts WHERE group_id = ? AND name = ?', this.id, name)
      else
        connection.run(
          'INSERT OR REPLACE INTO facts (group_id, name, json) VALUES (?, ?, ?)',
          this.id,
          name,
          json,
        )
    })
  }

  async claim(inputs: readonly InputClaim[]): Promise<readonly InputPosition[]> {
    const connection = this.#host.connection()
    return connection.transaction(() => {
      const epoch = nextEpoch(connection)
      return inputs.map(({ step, partition, initial, topic = null }) => {
        const row = connection.get(CLAIM, this.id, step, partition, epoch, initial, topic) ?? []
        return positionOf(row, connection.path)
      })
    })
  }

  async forget(step: string): Promise<void> {
    const connection = this.#host.connection()
    connection.transaction(() =>
      connection.run('DELETE FROM positions WHERE group_id = ? AND step = ?', this.id, step),
    )
  }

  async commit(request: CommitRequest): Promise<readonly number[]> {
    const connection = this.#host.connection()
    return this.#host.write(request, () => {
      for (const input of request.inputs) this.#advance(connection, input)
    })
  }

  async remove(): Promise<void> {
    const connection = this.#host.connection()
    connection.transaction(() => {
      connection.run('DELETE FROM positions WHERE group_id = ?', this.id)
      connection.run('DELETE FROM facts WHERE group_id = ?', this.id)
    })
  }

  #advance(connection: Connection, input: InputCommit): void {
    const { step, partition, epoch, from, next, progress } = input
    if (connection.run(ADVANCE, next, progress, this.id, step, partition, epoch, from) === 1) return
    const row = connection.get(
      'SELECT epoch, next FROM positions WHERE group_id = ? AND step = ? AND partition = ?',
      this.id,
      step,
      partition,
    )
    const { path } = connection
    throw fenced(
      this.id,
      input,
      row === undefined ? undefined : { epoch: numberAt(row, 0, path), next: numberAt(row, 1, path) },
    )
  }
}

/** Epochs count for the whole file, so that they grow even where a group was removed in between. */
function nextEpoch(connection: Connection): number {
  const row = connection.get("UPDATE meta SET value = value + 1 WHERE name = 'epoch' RETURNING value") ?? []
  return numberAt(row, 0, connection.path)
}

function positionOf(row: Row, path: string): InputPosition {
  return {
    step: textAt(row, 0, path),
    partition: numberAt(row, 1, path),
    epoch: numberAt(row, 2, path),
    next: numberAt(row, 3, path),
    progress: bytesAt(row, 4, path),
    ...(row[5] === null ? {} : { topic: textAt(row, 5, path) }),
  }
}
