/** `npm run --silent sluice -- …`: the command, run from the sources. */
import path from 'node:path'
import { fail, root, runNode } from './setup.mjs'

runNode([path.join(root, 'src', 'cli', 'main.ts'), ...process.argv.slice(2)]).catch(fail)
