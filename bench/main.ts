/**
 * `npm run bench [-- --json | --markdown] [chain|pipelines|job|latency|keys|pool|live|nexmark|timers|windows|joins|patterns]`:
 * every figure beside a baseline measured in the same run. Each group has a process of its own, so that none
 * finds V8's caches as another left them.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chainFigures } from './chain.ts'
import { jobFigures } from './job.ts'
import { joinFigures } from './joins.ts'
import { keysFigures } from './keys.ts'
import { latencyFigures } from './latency.ts'
import { liveFigures } from './live.ts'
import { type Figure, markdown, table } from './measure.ts'
import { nexmarkFigures } from './nexmark.ts'
import { patternFigures } from './patterns.ts'
import { pipelineFigures } from './pipelines.ts'
import { poolFigures } from './pool.ts'
import { timerFigures } from './timers.ts'
import { windowFigures } from './windows.ts'

const groups: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  chain: chainFigures,
  pipelines: pipelineFigures,
  job: jobFigures,
  latency: latencyFigures,
  keys: keysFigures,
  pool: poolFigures,
  live: liveFigures,
  windows: windowFigures,
  timers: timerFigures,
  joins: joinFigures,
  patterns: patternFigures,
  nexmark: nexmarkFigures,
}
const args = process.argv.slice(2)
const isJson = args.includes('--json')
const isMarkdown = args.includes('--markdown')
const names = args.filter(arg => arg !== '--json' && arg !== '--markdown')
const unknown = names.find(name => !Object.hasOwn(groups, name))
if (unknown !== undefined) {
  console.error(`unknown group "${unknown}"; known: ${Object.keys(groups).join(', ')}`)
  process.exit(2)
}
const [only] = names
const figures =
  only !== undefined && names.length === 1
    ? await measured(only)
    : (names.length > 0 ? names : Object.keys(groups)).flatMap(measuredApart)
if (isJson) for (const figure of figures) console.log(JSON.stringify(figure))
else console.log(isMarkdown ? markdown(figures) : table(figures))

async function measured(name: string): Promise<readonly Figure[]> {
  console.error(`measuring ${name} …`)
  return (await groups[name]?.()) ?? []
}

function measuredApart(name: string): readonly Figure[] {
  const main = fileURLToPath(import.meta.url)
  const lines = execFileSync(process.execPath, [...process.execArgv, main, name, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return lines
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Figure)
}
