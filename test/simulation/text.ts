/** Programs and what happens to them as people read them. */
import type { Happening } from './happenings.ts'
import type { Node, Program } from './program.ts'
import { resolve } from './program.ts'
import type { Scenario } from './scenario.ts'

/** A scenario as text: the program as code, then what happens, the schedules included. */
export function scenarioText(scenario: Scenario): string {
  const program = resolve(scenario.program, scenario)
  return ['', ...programLines(program), '', ...limitLines(scenario), ...happeningLines(scenario)].join('\n')
}

function programLines(program: Program): readonly string[] {
  const shards = program.shards === undefined ? '' : `, { shards: ${program.shards} }`
  const topics = program.topics.map(
    ({ partitions, keyed, declaredLater, onError }, number) =>
      `const in${number} = app.topic('in${number}', { value: element, partitions: ${partitions}, onError: '${onError}'${keyed ? ", keyedBy: 'key'" : ''} })${keyed && declaredLater ? ' // said only from declare on' : ''}`,
  )
  const nodes = program.nodes.map((node, number) =>
    node.op === 'to'
      ? nodeText(node, number, program)
      : `const n${number} = ${nodeText(node, number, program)}`,
  )
  return [`const app = new App('simulated'${shards})`, ...topics, ...nodes]
}

function nodeText(node: Node, number: number, program: Program): string {
  if (node.op === 'source') return `app.stream(in${node.topic})`
  const from = `n${node.from}`
  const policy = 'policy' in node && node.policy !== 'none' ? ` // ${node.policy}` : ''
  switch (node.op) {
    case 'time':
      return node.kind === 'clock'
        ? `${from}.processingTime()`
        : `${from}.eventTime(e => e.time, { outOfOrder: ${node.boundMs}, idleAfter: ${program.idleAfterMs} })${policy}`
    case 'mapAsync':
      return `${from}.mapAsync(slowly, { concurrency: ${node.concurrency}, order: '${node.order}' })${policy}`
    case 'merge':
      return `${from}.merge(${node.others.map(other => `n${other}`).join(', ')})`
    case 'keyBy':
      return node.by === 'record' ? `${from}.keyBy()` : `${from}.keyBy(${node.by})`
    case 'join':
      return `${from}.join(n${node.right}, { ${node.kind}: ${node.beforeMs}, ${node.afterMs}, how: '${node.how}' })`
    case 'process':
      return `${from}.process(timers after ${node.delayMs})${policy}`
    case 'window':
      return `${from}.window(${node.shape}: ${node.sizeMs}, ${node.offsetMs}).${node.fold}()${policy}`
    case 'late':
      return `${from}'s late stream`
    case 'running':
      return `${from}.running().${node.fold}()${policy}`
    case 'to': {
      const partitions = node.partitions === undefined ? '' : `, ${node.partitions} partitions`
      return `${from}.to(out${number})${node.keyed ? ' // keyed' : ''}${partitions}`
    }
    default:
      return `${from}.${node.op}(…)${policy}`
  }
}

function limitLines({ limits, lawsOnly, scale }: Scenario): readonly string[] {
  const { exchangeBytes = 'usual', snapshotAfterBytes = 'usual' } = limits
  return [
    `// exchange bytes: ${exchangeBytes}, snapshot after: ${snapshotAfterBytes}, scale ${scale}${lawsOnly ? ', laws only' : ''}`,
  ]
}

function happeningLines({ happenings }: Scenario): readonly string[] {
  return happenings.map(happening => `// ${happeningText(happening)}`)
}

function happeningText(happening: Happening): string {
  const { kind, ...rest } = happening
  if (happening.kind !== 'feed')
    return Object.keys(rest).length === 0 ? kind : `${kind} ${JSON.stringify(rest)}`
  const readings = happening.readings.map(({ key, partition, stepMs, delayMs, value, broken }) =>
    broken ? `broken→${partition}` : `k${key}→${partition} +${stepMs}−${delayMs}: ${value}`,
  )
  return `feed in${happening.topic} [${readings.join(', ')}]${happening.settles ? '' : ' at once'}`
}
