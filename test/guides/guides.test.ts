/** Every line of the guides from other libraries does what stands there. */
import test from 'node:test'
import { RX_JOINS, RX_OPERATORS, RX_REST } from './rxjs-rows.ts'
import { SINKS, SOURCES } from './streamz-ends.ts'
import { JOINS, ONE_TO_ONE, REST, SEQUENCES, TIME } from './streamz-rows.ts'

for (const { other, ours, test: run } of [ONE_TO_ONE, SEQUENCES, TIME, JOINS, REST, SOURCES, SINKS].flat()) {
  if (ours !== '') test(`streamz: ${other} is ${ours}`, run)
}

for (const { other, ours, test: run } of [RX_OPERATORS, RX_JOINS, RX_REST].flat()) {
  if (ours !== '') test(`RxJS: ${other} is ${ours}`, run)
}
