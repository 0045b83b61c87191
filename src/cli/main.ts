#!/usr/bin/env node
/** The command `sluice`. Everything else is loaded behind the compile cache, which halves the start. */
import nodeModule from 'node:module'

const MIN_NODE = 24

if (Number.parseInt(process.versions.node, 10) < MIN_NODE) {
  process.stderr.write(`sluice needs Node ${MIN_NODE} or later; this is Node ${process.versions.node}\n`)
  process.exit(1)
}
nodeModule.enableCompileCache()
const { dispatch } = await import('./dispatch.ts')
await dispatch(process.argv.slice(2))
