/** `npm run golden -- FOLDER…`: plays cases that were recorded from other systems. */
import path from 'node:path'
import { fail, root, runNode } from './setup.mjs'

runNode([path.join(root, 'test', 'golden', 'main.ts'), ...process.argv.slice(2)]).catch(fail)
