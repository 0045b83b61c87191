/** Metrics in Prometheus' text format 0.0.4. */

import { LATENCY_BOUNDS_MS } from './latency.ts'
import type { RunWatch } from './run-watch.ts'

/** The content type of the format. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Values by their labels. */
type Samples = readonly (readonly [labels: Readonly<Record<string, string | number>>, value: number])[]

/** Everything that a run counts; names end with their unit, or with `_total` for what only grows. */
export function prometheusText(app: string, watch: RunWatch): string {
  const totals = watch.totals()
  const { inputs, steps, heaps } = totals
  const workers = watch.workers()
  const text = new MetricsText(app)
  const counter = (name: string, help: string, samples: Samples): void =>
    text.add('counter', name, help, samples)
  const gauge = (name: string, help: string, samples: Samples): void => text.add('gauge', name, help, samples)

  counter('records_total', 'Records read from source topics.', [[{}, totals.records]])
  counter('written_records_total', 'Records written to output topics.', [[{}, totals.written]])
  counter('late_elements_total', 'Elements that came too late for their windows.', [[{}, totals.late]])
  counter('finally_late_elements_total', 'On-time elements whose window had been closed for good.', [
    [{}, totals.finallyLate],
  ])
  counter('skipped_elements_total', 'Elements that a policy skipped.', [[{}, totals.skipped]])
  counter('dead_letters_total', 'Elements that went to the dead letters.', [[{}, totals.deadLetters]])
  counter('commits_total', 'Commits.', [[{}, totals.commits]])
  counter(
    'step_in_elements_total',
    'Elements that a step has taken in.',
    steps.map(({ step, in: value }) => [{ step }, value]),
  )
  counter(
    'step_out_elements_total',
    'Elements that a step has given out.',
    steps.map(({ step, out }) => [{ step }, out]),
  )
  counter(
    'step_failed_elements_total',
    'Elements that a step could not process.',
    steps.map(({ step, failed }) => [{ step }, failed]),
  )
  gauge(
    'step_circuit_open',
    'Whether the circuit breaker of a step lets no calls through: 1 if it is open.',
    steps.flatMap(({ step, circuit }) => (circuit === undefined ? [] : [[{ step }, 1] as const])),
  )
  gauge(
    'input_lag_records',
    'Records that are in the log and not processed yet.',
    inputs.map(({ step, partition, lag }) => [{ step, partition }, lag]),
  )
  gauge(
    'input_idle',
    'Whether the partition holds up no window: 1 if it is idle.',
    inputs.map(({ step, partition, idle }) => [{ step, partition }, idle ? 1 : 0]),
  )
  gauge(
    'watermark_seconds',
    'Event time up to which nothing more is expected, seconds since 1970.',
    inputs.flatMap(({ step, partition, watermark }) =>
      watermark === null ? [] : [[{ step, partition }, watermark / 1000] as const],
    ),
  )
  gauge('state_entries', 'Entries in keyed state.', [[{}, totals.stateEntries]])
  gauge(
    'worker_running',
    'Whether the worker has its inputs and state, and processes.',
    workers.map(({ worker, state }) => [{ worker }, state === 'running' ? 1 : 0]),
  )
  counter(
    'worker_restarts_total',
    'How often the worker was started again.',
    workers.map(({ worker, restarts }) => [{ worker }, restarts]),
  )
  gauge(
    'heap_used_bytes',
    'Memory in use by the heap of the process.',
    heaps.map(({ worker, used }) => [{ worker }, used]),
  )
  gauge(
    'heap_limit_bytes',
    'Where the process would die.',
    heaps.map(({ worker, limit }) => [{ worker }, limit]),
  )
  text.histogram(
    'commit_duration_seconds',
    'How long commits took that wrote something.',
    totals.commitLatency,
  )
  return text.text()
}

class MetricsText {
  readonly #app: string
  #text = ''

  constructor(app: string) {
    this.#app = app
  }

  add(type: 'counter' | 'gauge', name: string, help: string, samples: Samples): void {
    this.#head(type, name, help)
    for (const [labels, value] of samples) this.#sample(name, labels, value)
  }

  histogram(
    name: string,
    help: string,
    { counts, sumMs }: { readonly counts: readonly number[]; readonly sumMs: number },
  ): void {
    this.#head('histogram', name, help)
    let sum = 0
    counts.forEach((count, bucket) => {
      sum += count
      const bound = LATENCY_BOUNDS_MS[bucket]
      this.#sample(`${name}_bucket`, { le: bound === undefined ? '+Inf' : bound / 1000 }, sum)
    })
    this.#sample(`${name}_sum`, {}, sumMs / 1000)
    this.#sample(`${name}_count`, {}, sum)
  }

  text(): string {
    return this.#text
  }

  #head(type: string, name: string, help: string): void {
    this.#text += `# HELP sluice_${name} ${help}\n# TYPE sluice_${name} ${type}\n`
  }

  #sample(name: string, labels: Readonly<Record<string, string | number>>, value: number): void {
    const all = Object.entries({ app: this.#app, ...labels })
    const text = all.map(([label, content]) => `${label}="${escaped(String(content))}"`).join(',')
    this.#text += `sluice_${name}{${text}} ${value}\n`
  }
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
