/** `npm run bench`: the benchmarks, with the arguments passed on. */
import path from 'node:path'
import { fail, root, runNode } from './setup.mjs'

runNode([path.join(root, 'bench', 'main.ts'), ...process.argv.slice(2)]).catch(fail)
