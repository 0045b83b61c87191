/** The table of guarantees, of which docs/reference/guarantees.md is drawn and which the suites check. */
import type { Guarantees } from '../../src/testing/guarantees.ts'
import table from './guarantees.json' with { type: 'json' }

export const BROKERS: readonly Guarantees[] = table.brokers as readonly Guarantees[]
export const SOURCES: readonly Guarantees[] = table.sources as readonly Guarantees[]
export const SINKS: readonly Guarantees[] = table.sinks as readonly Guarantees[]
