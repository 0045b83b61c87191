/** Has two workers in functions that never return, and an idle one: `spinning.ts IDLE FILE FILE`. */
import { writeFileSync } from 'node:fs'
import { moduleFunction, openPool } from 'sluice'

const work = new URL('./work.ts', import.meta.url)
const [idle = '', ...files] = process.argv.slice(2)
const pool = openPool({ kind: 'processes', workers: 3 })
const spin = moduleFunction<typeof import('./work.ts').spinAndTell>(work, 'spinAndTell')
for (const file of files) void pool.run(spin, [file])
const who = await pool.run(moduleFunction<typeof import('./work.ts').whoAmI>(work, 'whoAmI'), [])
writeFileSync(idle, String(Number.parseInt(who, 10)))
