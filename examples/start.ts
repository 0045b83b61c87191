/**
 * The demo, `npm start`: 50 simulated sensors write to a topic, `sensor-sums.ts` sums them in
 * windows, and the terminal shows what happens. Nothing else is needed.
 *
 *     npm start -- [--for 15s] [--broker file:./.sluice]
 *
 * Ctrl-C stops cleanly: what was processed is committed, and the next start goes on from there.
 */
import { parseArgs } from 'node:util'
import { type Broker, durationMs, openBroker, runProgram } from 'sluice'
import sensorSums from './sensor-sums.ts'
import { Board, boardApp } from './start/board.ts'
import { runPlant } from './start/plant.ts'
import { LineWriter, type RunFacts, Screen, type View } from './start/screen.ts'

const RUNNING = 'Ctrl-C stops cleanly'
const STOPPED = 'stopped: all of it is committed, and the next start goes on from here'
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

const { values: options } = parseArgs({
  options: {
    for: { type: 'string' },
    broker: { type: 'string', default: process.env['SLUICE_BROKER'] ?? 'file:./.sluice' },
  },
})

/** Aborted by a signal or when the time is over: first the sensors stop, then the apps. */
const stop = new AbortController()
for (const [signal, code] of Object.entries(EXIT_CODES)) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(code)
    process.exitCode = code
    stop.abort()
  })
}
// whoever read the output has gone, as in `npm start | head`
process.stdout.on('error', () => stop.abort())
if (options.for !== undefined) setTimeout(() => stop.abort(), durationMs(options.for, '--for')).unref()

const broker = await openBroker(options.broker)
const note = await whereItBegins(broker)
const board = new Board()
const isTerminal = process.stdout.isTTY
const view: View = isTerminal ? new Screen(process.stdout) : new LineWriter(line => console.log(line))
const startedAt = Date.now()
const facts = (footer: string): RunFacts => {
  const seconds = Math.floor((Date.now() - startedAt) / 1000)
  return { broker: options.broker, seconds, note, footer }
}
if (!isTerminal) console.log(`sensor-sums on ${options.broker}: ${note}`)
const drawing = setInterval(() => view.draw(board, facts(RUNNING)), isTerminal ? 200 : 1000)
try {
  await runAll()
  view.end(board, facts(STOPPED))
} catch (thrown) {
  view.end(board, facts('failed: nothing since the last commit counts'))
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exitCode = 1
} finally {
  clearInterval(drawing)
  await broker.close()
}

/** Runs sensors and apps until `stop`, or until one of them fails. */
async function runAll(): Promise<void> {
  const apps = new AbortController()
  const running = [
    runPlant(broker, 'readings', stop.signal).finally(() => apps.abort()),
    runProgram(sensorSums, broker, { signal: apps.signal, publish: event => board.listen(event) }),
    runProgram(boardApp(board), broker, { signal: apps.signal }),
  ]
  try {
    await Promise.all(running)
  } finally {
    stop.abort()
    await Promise.allSettled(running)
  }
}

/** Says whether an earlier run left something to go on from. */
async function whereItBegins(broker: Broker): Promise<string> {
  const positions = await broker.group(sensorSums.name).positions()
  const processed = positions.reduce((sum, { step, next }) => sum + (step === 'readings' ? next : 0), 0)
  if (processed === 0) return 'first run; nothing else has to be installed or started'
  const sums = await broker.partitions('sums')
  const written = sums.reduce((sum, { end }) => sum + end, 0)
  return `goes on where the last run stopped: ${processed} readings processed, ${written} sums written`
}
