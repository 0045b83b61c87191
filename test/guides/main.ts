/** Prints the tables of the guides as JSON: by page, by name. */
import { tableOf } from './row.ts'
import { RX_JOINS, RX_OPERATORS, RX_REST } from './rxjs-rows.ts'
import { SINKS, SOURCES } from './streamz-ends.ts'
import { JOINS, ONE_TO_ONE, REST, SEQUENCES, TIME } from './streamz-rows.ts'

const STREAMZ = ['streamz', 'Sluice', 'what differs']
const RXJS = ['RxJS', 'Sluice', 'what differs']

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
    'docs/guide/from-rxjs.md': {
      operators: tableOf(RX_OPERATORS, RXJS),
      joins: tableOf(RX_JOINS, RXJS),
      rest: tableOf(RX_REST, RXJS),
    },
  }),
)
