/** Exactly once on `file:`, under SIGKILL at random moments and at named points inside a commit. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '../../src/testing/choices.ts'
import { CrashRig } from './harness.ts'

const KILLS = 25
const POINTS = ['begin', 'statement', 'before-commit', 'after-commit']

test(`no result is missing, doubled or wrong after ${KILLS} kills with changing numbers of workers`, async t => {
  const seed = Number(process.env['SLUICE_SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`seed ${seed}`)
  const next = seededRandom(seed)
  const rig = await CrashRig.open(t, 3, next)
  let progressed = 0
  for (let kill = 0; kill < KILLS; kill++) {
    await rig.feed(Math.floor(next() * 400))
    const workers = 1 + Math.floor(next() * 3)
    const how = next()
    const point = `${POINTS[Math.floor(next() * POINTS.length)]}:${1 + Math.floor(next() * 25)}`
    const before = await rig.processed()
    const started = rig.run({ workers, ...(how < 0.4 ? { kill: point } : {}) })
    // Some die while they start or recover, some at work, some by their own hand in a commit.
    if (how < 0.25) await wait(50 + next() * 400)
    else await Promise.race([rig.processedMoreThan(before, started.ended), wait(5000)])
    await rig.feed(Math.floor(next() * 200))
    await wait(next() * 100)
    started.child.kill('SIGKILL')
    await started.ended
    if ((await rig.processed()) > before) progressed++
  }
  t.diagnostic(`${progressed} of ${KILLS} runs had committed something when they were killed`)
  assert.ok(progressed >= KILLS / 4, 'the kills came too early to show anything')
  await rig.feed(200)
  const { code, stderr } = await rig.run({ workers: 1 + Math.floor(next() * 3), more: ['--drain'] }).ended
  assert.equal(code, 0, stderr)
  const { actual, wanted } = await rig.compare()
  assert.deepEqual(actual, wanted)
})
