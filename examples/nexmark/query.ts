/**
 * What a query of Nexmark is: a question in words, the rows that answer it, and a function from the streams
 * of events to the stream of its results. `programOf` makes an app of it.
 */
import { App, type Codec, type Stream, type Table, type Topic } from 'sluice'
import { type Events, eventsOf, eventsTopic, type NexmarkEvent } from './events.ts'

/** The topic of results. */
export const RESULTS = 'results'

/** A question, and how its answer comes about. */
export interface Question<R> {
  /** What is asked, in words. */
  readonly asks: string
  /** How rows of the answer are written: columns in their order. */
  readonly row: Codec<R>
  /** A result replaces the one before that is equal in these columns; without them each result is a row that stays. */
  readonly replaces?: readonly (keyof R & string)[]
  /** By which field events have their time; `dateTime`. */
  readonly clock?: 'dateTime' | 'arrival'
  /** The results: rows, or the rows of a table. */
  answer(events: Events): Stream<R> | Table<unknown, R>
}

/** A question whose rows are its own business. */
export interface Query {
  readonly asks: string
  readonly replaces: readonly string[] | undefined
  /** An app that answers it: it reads topic `events` and writes topic `results`. */
  program(name: string): Program
}

/** An app that answers a query, and the topic of events that it reads. */
export interface Program {
  readonly app: App
  readonly events: Topic<NexmarkEvent>
}

/** Makes a query of a question. */
export function query<R>(question: Question<R>): Query {
  const { asks, row, replaces, clock = 'dateTime' } = question
  return {
    asks,
    replaces,
    program(name) {
      const app = new App(`nexmark-${name}`)
      const events = eventsTopic(app)
      question.answer(eventsOf(events, app, clock)).to(app.topic(RESULTS, { value: row }))
      return { app, events }
    },
  }
}
