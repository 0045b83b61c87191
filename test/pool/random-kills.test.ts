/** Deaths at random moments: each call is answered once and rightly, and no worker is left over. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openPool, type Pool } from '../../src/index.ts'
import { propertyOptions } from '../properties/seed.ts'
import { folder, isAlive, KINDS, until, work } from './fixture.ts'
import type { Task } from './programs/work.ts'

const RUNS = 12
const CALL = fc.record({
  kind: fc.constantFrom<Task['kind']>('returns', 'returns', 'throws', 'dies', 'diesLater', 'givesFunction'),
  ms: fc.constantFrom(0, 0, 1, 5),
  isAborted: fc.nat({ max: 9 }).map(die => die === 0),
  /** Once it is answered, one of the processes is killed. */
  kills: fc.nat({ max: 4 }).map(die => die === 0),
})
type Call = typeof CALL extends fc.Arbitrary<infer T> ? T : never

for (const kind of KINDS) {
  test(`${kind}: whoever dies and whenever, each call is answered once and rightly`, async t => {
    const calls = fc.array(CALL, { minLength: 1, maxLength: 40 })
    let number = 0
    const place = folder(t)
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 1, max: 3 }), async (calls, workers) => {
        const own = join(place, String(number++))
        mkdirSync(own)
        const pool = openPool({ kind, workers, attempts: 1000 })
        const answers = await Promise.all(calls.map((call, id) => answer(pool, call, { id, place: own })))
        assert.equal(pool.pending, 0)
        await pool.close()
        assert.deepEqual(answers, calls.map(expected))
        await until(() => !processes(own).some(isAlive))
        rmSync(own, { recursive: true })
      }),
      propertyOptions(t, RUNS),
    )
  })
}

async function answer(
  pool: Pool,
  { kind, ms, isAborted, kills }: Call,
  { id, place }: { readonly id: number; readonly place: string },
): Promise<string> {
  const abort = new AbortController()
  await pool.room()
  const result = pool
    .run(work('perform'), [{ place, id, kind, ms }], abort.signal)
    .then(String, (thrown: unknown) => `rejected: ${textOf(thrown)}`)
  if (isAborted) abort.abort(new Error(`aborted ${id}`))
  const text = await result
  if (kills) {
    const alive = processes(place).filter(isAlive)
    const victim = alive[id % Math.max(1, alive.length)]
    if (victim !== undefined) process.kill(victim, 'SIGKILL')
  }
  return text
}

function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return 'code' in thrown ? String(thrown.code) : thrown.message
}

function expected({ kind, isAborted }: Call, id: number): string {
  if (isAborted) return `rejected: aborted ${id}`
  if (kind === 'throws') return `rejected: error ${id}`
  return kind === 'givesFunction' ? 'rejected: ENCODE_FAILED' : `result ${id}`
}

/** The processes, other than this one, that have worked here. */
function processes(place: string): readonly number[] {
  return readdirSync(place)
    .filter(name => name.startsWith('pid-'))
    .map(name => Number(name.slice('pid-'.length)))
    .filter(pid => pid !== process.pid)
}
