/**
 * The answer to a query, from the topic of its results: a result replaces the one before that is equal in the
 * columns that the query names, and where it names none, each result is a row that stays.
 */
import { App, type Broker, json, runProgram } from 'sluice'
import { type Query, RESULTS } from './query.ts'

/** A row: what is in each column. */
export type Row = Readonly<Record<string, unknown>>

/** Results in the order in which they were written, as the rows that are left of them. */
export class Answer {
  readonly #replaces: readonly string[] | undefined
  readonly #last = new Map<string, Row>()
  #count = 0

  constructor({ replaces }: Query) {
    this.#replaces = replaces
  }

  add(row: Row): void {
    const name = this.#replaces?.map(column => row[column]) ?? this.#count++
    this.#last.set(JSON.stringify(name), row)
  }

  rows(): Iterable<Row> {
    return this.#last.values()
  }
}

/** Hands each row of the answer to `take`, which may be slow; rows that cannot be replaced are not kept here. */
export async function readAnswer(
  query: Query,
  broker: Broker,
  take: (row: Row) => Promise<void> | void,
): Promise<void> {
  const reader = new App('nexmark-reader')
  const results = reader.stream(reader.topic(RESULTS, { value: json<Row>() }))
  const answer = new Answer(query)
  results.sink(query.replaces === undefined ? take : row => answer.add(row))
  await runProgram(reader, broker, { mode: 'untilCaughtUp' })
  for (const row of answer.rows()) await take(row)
}
