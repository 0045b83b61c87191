/** The loops that Sluice is measured against give the same answers. */
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { BY_HAND, runByHand } from '../../bench/nexmark-by-hand.ts'
import { writeEventsFile } from '../../bench/nexmark-data.ts'
import { BatchCursor } from '../../src/broker/index.ts'
import { newFolder } from '../examples/run-example.ts'
import type { Row } from './batch.ts'
import { assertRecorded, recordedAnswers, recordedEvents } from './recorded.ts'

const answers = recordedAnswers()

for (const name of BY_HAND) {
  test(`${name} by hand gives the recorded answer`, async t => {
    const file = path.join(await newFolder(t), 'broker')
    await writeEventsFile(file, recordedEvents())
    runByHand(name, file)
    const recorded = answers.get(name)
    if (recorded === undefined) throw new Error(`nothing was recorded of ${name}`)
    assertRecorded(writtenTo(file), recorded)
  })
}

/** The records of results in the log that is kept by hand. */
function writtenTo(file: string): readonly Row[] {
  const database = new DatabaseSync(file, { readOnly: true })
  const batches = database.prepare("SELECT count, bytes FROM by_hand_log WHERE kind = 'out'").all()
  database.close()
  const cursor = new BatchCursor()
  const rows: Row[] = []
  for (const { count, bytes } of batches as { count: number; bytes: Uint8Array }[]) {
    cursor.load({ baseOffset: 0, count, bytes, maxTimestamp: 0, appendTime: undefined })
    while (cursor.next())
      rows.push(
        Object.values(JSON.parse(String(cursor.value())) as Readonly<Record<string, string | number>>),
      )
  }
  return rows
}
