/**
 * One run of the embedded job in a process of its own: `sluice N` with N workers, or `baseline` over
 * the partitions that follow. Prints seconds, CPU-seconds and peak memory as JSON.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openBroker, runProgram, runWorkers } from 'sluice'
import { runBaseline } from './job-baseline.ts'
import app from './job-program.ts'

const [how, file = '', ...rest] = process.argv.slice(2)
const start = performance.now()
if (how === 'baseline') runBaseline(file, rest.map(Number))
else await runSluice(Number(rest[0]))
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage()
const cpuSeconds = (user + system) / 1e6 + childrenCpuSeconds()
console.log(JSON.stringify({ seconds, cpuSeconds, rssBytes: process.resourceUsage().maxRSS * 1024 }))
process.exit(0)

async function runSluice(workers: number): Promise<void> {
  const broker = await openBroker(`file:${file}`)
  const module = fileURLToPath(new URL('./job-program.ts', import.meta.url))
  if (workers === 1) await runProgram(app, broker, { mode: 'drain' })
  else await runWorkers(app, broker, { mode: 'drain', workers, module })
  await broker.close()
}

/** What child processes that have ended used, as Linux counts: ticks of 10 ms. */
function childrenCpuSeconds(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[13]) + Number(fields[14])) / 100
  } catch {
    return 0
  }
}
