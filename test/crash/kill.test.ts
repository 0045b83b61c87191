/** Exactly once on `file:`, under SIGKILL at random moments and at named points inside a transaction. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { killOften } from './kills.ts'

const KILLS = 25

test(`no result is missing, doubled or wrong after ${KILLS} kills with changing numbers of workers`, async t => {
  const kills = await killOften(t, KILLS)
  t.diagnostic(JSON.stringify(kills))
  assert.ok(kills.afterCommit >= KILLS / 4, 'the kills came too early to show anything')
})
