/** Prints all marble pictures as JSON, by the names of their files. */
import { draw } from './draw.ts'
import { play } from './play.ts'
import { SPECS } from './specs.ts'

const pictures: Record<string, string> = {}
for (const spec of SPECS) pictures[`${spec.name}.svg`] = draw(spec, await play(spec))
process.stdout.write(JSON.stringify(pictures))
