/** A thousand kills on one broker file. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { killOften } from '../crash/kills.ts'

const KILLS = 1000

test(`no result is missing, doubled or wrong after ${KILLS} kills with changing numbers of workers`, async t => {
  const kills = await killOften(t, KILLS)
  t.diagnostic(JSON.stringify(kills))
  const { supervisor, worker, both, point, afterCommit } = kills
  assert.ok(afterCommit >= KILLS / 2, 'the kills came too early to show anything')
  for (const count of [supervisor, worker, both, point]) assert.ok(count >= KILLS / 20, 'one kind is rare')
})
