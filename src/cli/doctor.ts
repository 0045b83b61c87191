/** `sluice doctor`: looks for what would keep a program from running, and says how to mend it. */
import { accessSync, constants, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Broker } from '../broker/index.ts'
import { messageOf, SluiceError } from '../errors.ts'
import { brokerUrl, isMissing, withExistingBroker } from './broker-url.ts'
import { BROKER_OPTION, type Command, EXIT } from './command.ts'
import { errorText } from './error-text.ts'
import { type Finding, good, problem, warning } from './finding.ts'
import { readGroupState } from './group-state.ts'
import { type LoadedProgram, loadProgram } from './load-program.ts'
import { checkProgram } from './program-checks.ts'
import type { Terminal } from './terminal.ts'
import { countText, numberText, sizeText, timeText } from './texts.ts'
import { unreadSteps } from './unread-steps.ts'

const MIN_NODE = 24
const LITTLE_SPACE_BYTES = 1e9
const NO_SPACE_BYTES = 50e6

export const doctor: Command = {
  name: 'doctor',
  positionals: ['[MODULE]'],
  summary: 'checks the machine, the broker and, with MODULE, whether a program fits them',
  details: ['Changes nothing. The exit code is 1 when anything would keep a program from running.'],
  options: { broker: BROKER_OPTION },
  examples: [['sluice doctor sums.ts', 'before the first run, or when one hangs']],
  async run(args, terminal) {
    const url = brokerUrl(args)
    const module = args.positional(0)
    const report = new Report(terminal)
    report.add(checkNode())
    for (const finding of checkFolder(url)) report.add(finding)
    const loaded = module === '' ? undefined : await report.guarded(() => loadProgram(module))
    if (url === 'memory:') report.add(good('the broker memory: is made anew by each run'))
    else if (!isMissing(url)) await report.guarded(() => examine(url, loaded, report))
    else {
      report.add(warning(`there is no broker ${url} yet`, 'sluice topic create NAME --partitions N'))
      const graph = loaded && (await report.guarded(() => loaded.program.graph()))
      if (graph) {
        report.add(good(`the graph of app "${graph.name}" has ${countText(graph.steps.length, 'step')}`))
        for (const finding of unreadSteps(graph)) report.add(finding)
      }
    }
    return report.hasProblem ? EXIT.failed : EXIT.done
  },
}

class Report {
  hasProblem = false
  readonly #terminal: Terminal

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  add(finding: Finding): void {
    const { paint } = MARKS[finding.level]
    this.#terminal.line(`${this.#terminal.paintLine(paint, MARKS[finding.level].mark)} ${finding.text}`)
    if (finding.fix !== undefined) this.#terminal.line(`  → ${finding.fix}`)
    if (finding.level === 'problem') this.hasProblem = true
  }

  /** What is thrown is a finding too. */
  async guarded<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (thrown) {
      if (!(thrown instanceof SluiceError)) throw thrown
      this.add(problem(errorText(thrown)))
      return undefined
    }
  }
}

const MARKS = {
  good: { mark: '✓', paint: 'green' },
  warning: { mark: '!', paint: 'yellow' },
  problem: { mark: '✗', paint: 'red' },
} as const

function checkNode(): Finding {
  const version = process.versions.node
  if (Number.parseInt(version, 10) >= MIN_NODE) return good(`Node ${version}`)
  return problem(`this is Node ${version}`, `install Node ${MIN_NODE} or later`)
}

function checkFolder(url: string): readonly Finding[] {
  if (!url.startsWith('file:')) return []
  const folder = dirname(resolve(url.slice('file:'.length)))
  try {
    accessSync(folder, constants.W_OK)
  } catch (thrown) {
    return [
      problem(
        `the folder ${folder} cannot be written to (${messageOf(thrown)})`,
        'name another one with --broker',
      ),
    ]
  }
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const text = `${sizeText(free)} free in ${folder}`
  const fix = 'free some space: every commit needs a little'
  if (free < NO_SPACE_BYTES) return [problem(text, fix)]
  return [free < LITTLE_SPACE_BYTES ? warning(text, fix) : good(text)]
}

async function examine(url: string, loaded: LoadedProgram | undefined, report: Report): Promise<void> {
  await withExistingBroker(url, async broker => {
    report.add(await describeBroker(broker))
    for (const group of await broker.groups()) report.add(await describeGroup(broker, group))
    if (loaded === undefined) return
    await report.guarded(async () => {
      for (const finding of await checkProgram(broker, loaded.program)) report.add(finding)
    })
  })
}

async function describeBroker(broker: Broker): Promise<Finding> {
  const topics = (await broker.topics()).filter(topic => topic.kind === 'user')
  let records = 0
  for (const topic of topics) {
    for (const { start, end } of await broker.partitions(topic.name)) records += end - start
  }
  return good(
    `broker ${broker.url}: ${countText(topics.length, 'topic')} with ${countText(records, 'record')}`,
  )
}

async function describeGroup(broker: Broker, name: string): Promise<Finding> {
  const { running, pid, inputs, pausedSince } = await readGroupState(broker, name)
  const lag = inputs.reduce((sum, input) => sum + (input.lag ?? 0), 0)
  const behind = lag === 0 ? 'nothing behind' : `${numberText(lag)} records behind`
  if (pausedSince !== null) {
    const text = `app "${name}" is paused since ${timeText(pausedSince)}, ${behind}`
    return warning(text, `sluice resume ${name}, when it is to go on`)
  }
  return good(`app "${name}" ${running ? `runs as process ${pid ?? '?'}` : 'does not run'}, ${behind}`)
}
