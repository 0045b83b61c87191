/** Dies as soon as its workers have been forked; says which processes they are. */
import { channel } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import { moduleFunction, openPool } from 'sluice'

channel('child_process').subscribe(message => {
  // The channel of Node gives each new child before it has a pid.
  const { process: child } = message as { readonly process: { readonly pid?: number } }
  setImmediate(() => writeSync(1, `${child.pid}\n`))
})
const work = new URL('./work.ts', import.meta.url)
const pool = openPool({ kind: 'processes', workers: 2 })
const spin = moduleFunction<typeof import('./work.ts').spin>(work, 'spin')
for (const _ of [1, 2]) void pool.run(spin, [])
setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')))
