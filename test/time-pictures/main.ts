/** Prints all pictures of time as JSON, by their files. */
import { drawArrivals } from './draw-arrivals.ts'
import { drawResults } from './draw-results.ts'
import { playTime } from './play.ts'
import { ARRIVALS, RESULTS } from './specs.ts'

const pictures: Record<string, string> = {}
for (const spec of ARRIVALS)
  pictures[`docs/guide/time/${spec.name}.svg`] = drawArrivals(spec, await playTime(spec))
for (const spec of RESULTS) {
  pictures[`docs/reference/operators/windows/${spec.name}.svg`] = drawResults(spec, await playTime(spec))
}
process.stdout.write(JSON.stringify(pictures))
