/** Closes a pool of idle workers as the last thing that it does: `closing.ts KIND`. */
import { moduleFunction, openPool } from 'sluice'

const work = new URL('./work.ts', import.meta.url)
const pool = openPool({ kind: process.argv[2] === 'threads' ? 'threads' : 'processes', workers: 1 })
await pool.run(moduleFunction<typeof import('./work.ts').square>(work, 'square'), [3])
await pool.close()
console.log('closed')
