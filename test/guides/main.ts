/** Prints the tables of the guides as JSON: by page, by name. */
import { tableOf } from './row.ts'
import { SINKS, SOURCES } from './streamz-ends.ts'
import { JOINS, ONE_TO_ONE, REST, SEQUENCES, TIME } from './streamz-rows.ts'

const STREAMZ = ['streamz', 'Sluice', 'what differs']

process.stdout.write(
  JSON.stringify({
    'docs/guide/from-streamz.md': {
      'one to one': tableOf(ONE_TO_ONE, STREAMZ),
      sequences: tableOf(SEQUENCES, STREAMZ),
      time: tableOf(TIME, STREAMZ),
      joins: tableOf(JOINS, STREAMZ),
      rest: tableOf(REST, STREAMZ),
      sources: tableOf(SOURCES, STREAMZ),
      sinks: tableOf(SINKS, STREAMZ),
    },
  }),
)
