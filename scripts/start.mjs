/** `npm start`: the demo, with the arguments passed on. */
import path from 'node:path'
import { fail, root, runNode } from './setup.mjs'

runNode([path.join(root, 'examples', 'start.ts'), ...process.argv.slice(2)]).catch(fail)
