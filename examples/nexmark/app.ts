/**
 * The app of the query that the variable NEXMARK_QUERY names, `q0` to `q23`; for `sluice run` and for workers.
 *
 *     NEXMARK_QUERY=q5 sluice run examples/nexmark/app.ts --drain
 */
import { queryNamed } from './queries.ts'

const name = process.env['NEXMARK_QUERY'] ?? 'q0'
const { app } = queryNamed(name).program(name)

export default app
