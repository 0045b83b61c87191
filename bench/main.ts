/** `npm run bench [-- --json] [chain|pipelines|job|latency|keys]`: every figure beside a baseline measured in the same run. */
import { chainFigures } from './chain.ts'
import { jobFigures } from './job.ts'
import { keysFigures } from './keys.ts'
import { latencyFigures } from './latency.ts'
import { type Figure, table } from './measure.ts'
import { pipelineFigures } from './pipelines.ts'

const args = process.argv.slice(2)
const groups: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  chain: chainFigures,
  pipelines: pipelineFigures,
  job: jobFigures,
  latency: latencyFigures,
  keys: keysFigures,
}
const names = args.filter(arg => arg !== '--json')
const unknown = names.find(name => !Object.hasOwn(groups, name))
if (unknown !== undefined) {
  console.error(`unknown group "${unknown}"; known: ${Object.keys(groups).join(', ')}`)
  process.exit(2)
}
const figures: Figure[] = []
for (const name of names.length > 0 ? names : Object.keys(groups)) {
  console.error(`measuring ${name} …`)
  figures.push(...((await groups[name]?.()) ?? []))
}
if (args.includes('--json')) for (const figure of figures) console.log(JSON.stringify(figure))
else console.log(table(figures))
