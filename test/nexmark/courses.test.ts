/**
 * Every query gives the same answer however its input is cut into runs, whoever goes on next, with one, two and
 * three workers one after the other, and wherever the app is killed: that of plain code over all events.
 */
import test from 'node:test'
import { queries } from '../../examples/nexmark/queries.ts'
import { examine } from './examine.ts'

const COURSES = Number(process.env['SLUICE_RUNS'] ?? 7)

for (const name of Object.keys(queries)) {
  test(`${name}: straight, killed and shared anew, the answer is that of plain code`, async t => {
    await examine(t, name, COURSES)
  })
}
