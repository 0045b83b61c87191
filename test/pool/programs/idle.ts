/** Uses a pool, leaves it open, and has nothing else to do: `idle.ts KIND`. */
import { moduleFunction, openPool } from 'sluice'

const work = new URL('./work.ts', import.meta.url)
const pool = openPool({ kind: process.argv[2] === 'threads' ? 'threads' : 'processes', workers: 2 })
const later = moduleFunction<typeof import('./work.ts').later>(work, 'later')
const answers = Promise.all([pool.run(later, [150, 'one']), pool.run(later, [300, 'two'])])
void answers.then(all => console.log(all.join(' ')))
