/**
 * One run of a query of Nexmark in a process of its own: `sluice NAME FILE`, or `byHand NAME FILE`. Prints
 * seconds and CPU-seconds of the run alone, without the start of the process, as JSON.
 */
import { openBroker, runProgram } from 'sluice'
import { queryNamed } from '../examples/nexmark/queries.ts'
import { runByHand } from './nexmark-by-hand.ts'

const [how, name = '', file = ''] = process.argv.slice(2)
const cpu = process.cpuUsage()
const start = performance.now()
if (how === 'byHand') runByHand(name, file)
else await runSluice()
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage(cpu)
const rssBytes = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, rssBytes }))
process.exit(0)

async function runSluice(): Promise<void> {
  const broker = await openBroker(`file:${file}`)
  await runProgram(queryNamed(name).program(name).app, broker, { mode: 'drain' })
  await broker.close()
}
