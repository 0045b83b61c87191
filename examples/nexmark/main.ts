/**
 * One query of Nexmark over a file of events, exactly once, with workers of their own processes:
 *
 *     npm run --silent nexmark -- --data events.jsonl.gz --query q5 --workers 2 --jsonl
 *
 * prints the rows of the answer, each as a JSON array with `--jsonl`, else as a table; nothing else goes to
 * standard output. The topics are in a temporary broker file, which is gone afterwards.
 */
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openBroker, runWorkers, SluiceError, type SluiceEvent, UsageError } from 'sluice'
import { type Row, readAnswer } from './answer.ts'
import { loadEvents } from './load.ts'
import { queries, queryNamed } from './queries.ts'

/** What is asked of the command. */
interface Asked {
  readonly file: string
  readonly name: string
  readonly workers: number
  readonly print: (row: Row) => Promise<void> | void
}

const USAGE = `usage: npm run --silent nexmark -- --data FILE --query NAME [--workers N] [--jsonl]
  --data FILE    events of Nexmark, one as JSON in each line: .jsonl or .jsonl.gz
  --query NAME   one of ${Object.keys(queries).join(', ')}
  --workers N    how many processes share the work; 1
  --jsonl        rows as JSON arrays, one in each line`
const OPTIONS = {
  data: { type: 'string' },
  query: { type: 'string' },
  workers: { type: 'string' },
  jsonl: { type: 'boolean' },
  help: { type: 'boolean' },
} as const
const MOST_WORKERS = 64
const APP = fileURLToPath(new URL('./app.ts', import.meta.url))

async function answer({ file, name, workers, print }: Asked, signal: AbortSignal): Promise<void> {
  const query = queryNamed(name)
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-nexmark-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  // Where it ends before the answer does, as when nobody reads on.
  process.on('exit', remove)
  try {
    const broker = await openBroker(`file:${path.join(folder, 'broker')}`)
    try {
      const events = await loadEvents(file, broker, {
        signal,
        onProgress: count => tell(`${count} events so far`),
      })
      tell(`${events} events from ${file}; ${name}: ${query.asks}`)
      if (signal.aborted) return
      process.env['NEXMARK_QUERY'] = name
      const startedAt = performance.now()
      await runWorkers(query.program(name).app, broker, {
        mode: 'drain',
        workers,
        module: APP,
        signal,
        publish,
      })
      if (signal.aborted) return
      tell(`processed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s by ${workers} workers`)
      await readAnswer(query, broker, print)
    } finally {
      await broker.close()
    }
  } finally {
    remove()
    process.off('exit', remove)
  }
}

/** What people should know of a run. */
function publish(event: SluiceEvent): void {
  if (event.type === 'late') tell(`${event.count} elements were late for ${event.step}`)
  if (event.type === 'lifecycle' && event.state === 'failed')
    tell(`worker ${event.worker} ${event.detail ?? ''}`)
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

function asked(): Asked | undefined {
  const { values } = parsed()
  if (values.help === true) return undefined
  const { data: file, query: name, workers = '1', jsonl = false } = values
  if (file === undefined) throw new UsageError(`--data is missing\n${USAGE}`)
  if (name === undefined) throw new UsageError(`--query is missing\n${USAGE}`)
  queryNamed(name)
  if (!existsSync(file)) throw new UsageError(`${file} does not exist; --data names a file of events`)
  const count = Number(workers)
  if (!Number.isSafeInteger(count) || count < 1 || count > MOST_WORKERS) {
    throw new UsageError(`--workers is ${workers}; expected a whole number from 1 to ${MOST_WORKERS}`)
  }
  return { file, name, workers: count, print: jsonl ? printArray : printCells() }
}

function parsed(): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>> {
  try {
    return parseArgs({ options: OPTIONS })
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new UsageError(`${why}\n${USAGE}`, { cause: thrown })
  }
}

function printArray(row: Row): Promise<void> | void {
  return print(JSON.stringify(Object.values(row)))
}

/** Prints the names of the columns first. */
function printCells(): (row: Row) => Promise<void> | void {
  let isFirst = true
  return row => {
    const head = isFirst ? `${Object.keys(row).join('\t')}\n` : ''
    isFirst = false
    return print(`${head}${Object.values(row).join('\t')}`)
  }
}

function print(line: string): Promise<void> | void {
  if (process.stdout.write(`${line}\n`)) return undefined
  return once(process.stdout, 'drain').then(() => {})
}

async function main(): Promise<number> {
  const stop = new AbortController()
  let code = 0
  for (const [name, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      code = exit
      stop.abort()
    })
  }
  // Whoever reads has read enough.
  process.stdout.on('error', () => process.exit(0))
  try {
    const given = asked()
    if (given === undefined) tell(USAGE)
    else await answer(given, stop.signal)
    return code
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    tell(
      thrown instanceof SluiceError || 'code' in thrown ? thrown.message : (thrown.stack ?? thrown.message),
    )
    return thrown instanceof UsageError ? 2 : 1
  }
}

if (import.meta.main) process.exitCode = await main()
