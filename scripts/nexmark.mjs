/** `npm run nexmark -- --data FILE --query q5`: one Nexmark query over a file of events. */
import path from 'node:path'
import { fail, root, runNode } from './setup.mjs'

runNode([path.join(root, 'examples', 'nexmark', 'main.ts'), ...process.argv.slice(2)]).catch(fail)
