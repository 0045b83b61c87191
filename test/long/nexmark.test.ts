/** Nexmark at length: more courses of each query than `npm test` plays, and more events, on a file with processes. */
import path from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { benchEvents, writeEvents } from '../../bench/nexmark-data.ts'
import { readAnswer } from '../../examples/nexmark/answer.ts'
import { queries, queryNamed } from '../../examples/nexmark/queries.ts'
import { openBroker, runWorkers } from '../../src/index.ts'
import { newFolder } from '../examples/run-example.ts'
import type { Row } from '../nexmark/batch.ts'
import { examine } from '../nexmark/examine.ts'
import { assertSame, recordedAnswers } from '../nexmark/recorded.ts'
import { sqlAnswers } from '../nexmark/sql.ts'
import { tell } from '../progress.ts'

const COURSES = 100
const EVENTS = 100_000
const WORKERS = 2
const APP = fileURLToPath(new URL('../../examples/nexmark/app.ts', import.meta.url))

for (const name of Object.keys(queries)) {
  test(`${name}: ${COURSES} courses`, async t => {
    await examine(t, name, COURSES)
  })
}

test(`${EVENTS} events, ${WORKERS} worker processes: every query gives what SQL gives`, async t => {
  const names = Object.keys(queries)
  const events = [...benchEvents(EVENTS)]
  const expected = await sqlAnswers(names, events)
  const recorded = recordedAnswers()
  for (const name of names) {
    const broker = await openBroker(`file:${path.join(await newFolder(t), 'broker')}`)
    try {
      await writeEvents(broker, events)
      process.env['NEXMARK_QUERY'] = name
      const { app } = queryNamed(name).program(name)
      await runWorkers(app, broker, { mode: 'drain', workers: WORKERS, module: APP })
      const rows: Row[] = []
      await readAnswer(queryNamed(name), broker, row => {
        // What is in the columns is text or a number.
        rows.push(Object.values(row) as Row)
      })
      assertSame(rows, expected.get(name) ?? [], recorded.get(name)?.doubleColumns)
      tell(t, `${name}: ${rows.length} rows`)
    } finally {
      await broker.close()
    }
  }
})
