/**
 * What each step has taken in and given out, derived from the few places that count.
 *
 * Counting every element at every step would cost as much as the step itself. So only those count
 * whose output is not their input: sources (by their positions), filters, flatMaps, kernels and the
 * receiving ends of exchanges; all other numbers follow along the edges of the graph.
 */
import {
  AsyncOperator,
  ExchangeInput,
  FilterOperator,
  FlatMapOperator,
  type Operator,
  type Plan,
  ProcessOperator,
  RetryInput,
  SourceInput,
  type Task,
} from '../engine/index.ts'
import type { Port, Step } from '../graph/index.ts'
import type { StepProgress } from '../observe/index.ts'

/** The steps of one worker's tasks, in the order of the graph. */
export function describeSteps(
  plan: Plan,
  tasks: readonly Task[],
  inMemory: boolean,
): readonly StepProgress[] {
  const out = new Map<string, number>()
  const nameOf = ({ step, output }: Port): string => `${step} ${output ?? ''}`
  return plan.graph.steps.map(step => {
    const failed = sumOf(tasks, ({ parts }) => parts.failures.get(step.id)?.failed ?? 0)
    const taken = step.inputs.reduce((sum, port) => sum + (out.get(nameOf(port)) ?? 0), entered(step, tasks))
    const isCut = step.kind === 'exchange' && !plan.leftOut.has(step.id)
    const given = isCut && !inMemory ? 0 : (emitted(step, tasks) ?? taken - failed - inFlight(step, tasks))
    const received = isCut
      ? sumOfInputs(tasks, step, input => (input instanceof ExchangeInput ? input.received : 0))
      : 0
    out.set(nameOf({ step: step.id, output: undefined }), given + received)
    for (const [output, count] of sideOutputs(step, tasks)) out.set(nameOf({ step: step.id, output }), count)
    const circuit = openCircuit(step, tasks)
    return {
      step: step.id,
      in: taken,
      out: given + received,
      failed,
      ...(circuit === undefined ? {} : { circuit }),
    }
  })
}

/** What came into a step by no edge of the graph: read from a topic, or resumed. */
function entered(step: Step, tasks: readonly Task[]): number {
  const inFlightBefore = sumOf(tasks, ({ parts }) => parts.steps.get(step.id)?.resumed ?? 0)
  const retried = sumOf(tasks, ({ parts }) =>
    parts.inputs.reduce(
      (sum, input) => sum + (input instanceof RetryInput ? (input.entered.get(step.id) ?? 0) : 0),
      0,
    ),
  )
  const resumed = inFlightBefore + retried
  if (step.kind !== 'source') return resumed
  return resumed + sumOfInputs(tasks, step, input => (input instanceof SourceInput ? input.read : 0))
}

/** What a step counts itself; undefined for one that gives out what it takes in. */
function emitted(step: Step, tasks: readonly Task[]): number | undefined {
  switch (step.kind) {
    case 'filter':
      return sumOfOperators(tasks, step, operator =>
        operator instanceof FilterOperator ? operator.passed : 0,
      )
    case 'flatMap':
      return sumOfOperators(tasks, step, operator =>
        operator instanceof FlatMapOperator ? operator.emitted : 0,
      )
    case 'process':
      if (step.logic.kind === 'time') return undefined
      return sumOfOperators(tasks, step, operator =>
        operator instanceof ProcessOperator ? operator.emitted : 0,
      )
    case 'sink':
      return 0
    default:
      return undefined
  }
}

function sideOutputs(step: Step, tasks: readonly Task[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { parts } of tasks) {
    const operator = parts.operators.get(step.id)
    if (!(operator instanceof ProcessOperator)) continue
    for (const [output, count] of operator.emittedTo) counts.set(output, (counts.get(output) ?? 0) + count)
  }
  return counts
}

function inFlight(step: Step, tasks: readonly Task[]): number {
  return sumOf(tasks, ({ parts }) => parts.steps.get(step.id)?.inFlightCount ?? 0)
}

/** The circuit that stays open longest, of any task. */
function openCircuit(step: Step, tasks: readonly Task[]): StepProgress['circuit'] {
  if (step.kind !== 'async' || step.breaker === undefined) return undefined
  return tasks
    .flatMap(({ parts }) => {
      const operator = parts.steps.get(step.id)
      return operator instanceof AsyncOperator ? (operator.openCircuit ?? []) : []
    })
    .toSorted((a, b) => b.until - a.until)[0]
}

function sumOf(tasks: readonly Task[], count: (task: Task) => number): number {
  return tasks.reduce((sum, task) => sum + count(task), 0)
}

function sumOfOperators(tasks: readonly Task[], step: Step, count: (operator: Operator) => number): number {
  return sumOf(tasks, ({ parts }) => {
    const operator = parts.operators.get(step.id)
    return operator === undefined ? 0 : count(operator)
  })
}

function sumOfInputs(
  tasks: readonly Task[],
  step: Step,
  count: (input: Task['parts']['inputs'][number]) => number,
): number {
  return sumOf(tasks, ({ parts }) =>
    parts.inputs.reduce((sum, input) => sum + (input.step === step.id ? count(input) : 0), 0),
  )
}
