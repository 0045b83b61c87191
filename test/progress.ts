/** What a long test has to say while it runs: `t.diagnostic` is heard only when the test is over. */
import { writeSync } from 'node:fs'
import type { TestContext } from 'node:test'

/** Where the test runner listens for progress. */
const descriptor = process.env['SLUICE_TEST_PROGRESS']

/** Tells it now where the project's runner runs the test; with the test's other output elsewhere. */
export function tell(t: TestContext, text: string): void {
  if (descriptor === undefined) t.diagnostic(text)
  else writeSync(Number(descriptor), `${JSON.stringify({ kind: 'progress', text })}\n`)
}
