/**
 * The main module of a worker process: does what the supervisor says, and exits when the supervisor
 * is gone.
 */
import { pathToFileURL } from 'node:url'
import { Worker as Thread } from 'node:worker_threads'
import { openBroker } from '../broker/index.ts'
import { describeValue, messageOf, SluiceError } from '../errors.ts'
import { graphToJson } from '../graph/index.ts'
import { systemClock } from '../time/index.ts'
import { heartbeat } from './heartbeat.ts'
import { PauseWatch } from './pause.ts'
import type { Program } from './run.ts'
import { checkSameGraph } from './same-graph.ts'
import { Worker } from './worker.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

const stop = new AbortController()
let worker: Worker | undefined
/** Who waits for what it published to be delivered, by the number of the question. */
const waiting = new Map<number, () => void>()
let asked = 0

// The terminal sends its signals to the whole process group; stopping is for the supervisor to say.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(1))
watchSupervisor()
process.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'start':
      void run(message)
      return
    case 'drift':
      worker?.setDriftFloor(message.floor)
      return
    case 'delivered':
      waiting.get(message.number)?.()
      waiting.delete(message.number)
      return
    case 'stop':
      stop.abort()
  }
})

/** A function of the program that never returns would keep this process from hearing of a disconnect. */
function watchSupervisor(): void {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const thread = new Thread(new URL(`./orphan-thread.${extension}`, import.meta.url), {
    workerData: process.ppid,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  })
  thread.unref()
  thread.on('error', () => {})
}

async function run(start: Extract<ToWorker, { type: 'start' }>): Promise<void> {
  const last = await work(start).then((): FromWorker => ({ type: 'done' }), describeFailure)
  process.send?.(last, undefined, undefined, () => process.exit(0))
}

async function work(start: Extract<ToWorker, { type: 'start' }>): Promise<void> {
  const { default: program } = (await import(pathToFileURL(start.module).href)) as { default: Program }
  const { facts, worker: number, workers, commitIntervalMs } = start
  const graph = program.graph()
  checkSameGraph(start.graph, graphToJson(graph))
  const broker = await openBroker(start.brokerUrl)
  const group = broker.group(facts.app)
  worker = new Worker({
    broker,
    group,
    pauses: new PauseWatch(group, systemClock),
    graph,
    facts,
    worker: number,
    workers,
    clock: systemClock,
    publish: event => send({ type: 'event', event }),
    delivered: askDelivered,
    commitIntervalMs,
    onTurn: heartbeat(systemClock, () => {
      send({ type: 'alive', lowest: worker?.lowestWatermark() ?? Number.POSITIVE_INFINITY })
    }),
  })
  await worker.run(stop.signal)
  await broker.close()
}

function send(message: FromWorker): void {
  try {
    process.send?.(message)
  } catch (thrown) {
    // What was printed cannot leave this process (a function, say): its description can.
    if (message.type !== 'event' || message.event.type !== 'print') throw thrown
    const event = { ...message.event, value: describeValue(message.event.value) }
    process.send?.({ type: 'event', event })
  }
}

/** What is printed must be out before the commit that counts it: else a kill could lose it. */
function askDelivered(): Promise<void> {
  const number = ++asked
  const delivered = new Promise<void>(resolve => {
    waiting.set(number, resolve)
  })
  send({ type: 'asks', number })
  return delivered
}

function describeFailure(thrown: unknown): FromWorker {
  const cause = thrown instanceof SluiceError ? thrown.cause : thrown
  return {
    type: 'failed',
    code: thrown instanceof SluiceError ? thrown.code : 'INTERNAL',
    message: messageOf(thrown),
    step: thrown instanceof SluiceError ? thrown.step : undefined,
    causeStack: cause instanceof Error ? cause.stack : undefined,
  }
}
