#!/usr/bin/env node
/** The command `sluice`. Everything else is loaded behind the compile cache, which halves the start. */
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { dispatch } = await import('./dispatch.ts')
await dispatch(process.argv.slice(2))
