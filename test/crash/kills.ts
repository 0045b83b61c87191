/**
 * Kills an app again and again: supervisors, single workers and both at once, at random moments and at
 * named points inside their transactions; with another number of workers each time. Its results must be
 * those of its input, each once. They are compared after every hundred kills, on the same broker file.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Random, seededRandom } from '../../src/testing/choices.ts'
import { tell } from '../progress.ts'
import { CrashRig, type Started } from './harness.ts'

/** How often each was killed. */
export interface Kills {
  supervisor: number
  worker: number
  both: number
  /** Processes that killed themselves at a point inside a transaction. */
  point: number
  /** How many of all these came after the run had committed something. */
  afterCommit: number
}

const POINTS = ['begin', 'statement', 'before-commit', 'after-commit']
const COMPARE_AFTER = 100
/** Workers that die again and again are started ever later: then the supervisor has its turn. */
const MOST_OF_ONE_RUN = 4
/** Longer than any window: what comes after a drain concerns no window that it closed. */
const PAUSE_MS = 60_000

/** Kills at least so often, and checks the results. */
export async function killOften(t: TestContext, kills: number): Promise<Kills> {
  const seed = Number(process.env['SLUICE_SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const rig = await CrashRig.open(t, 3, random)
  const killer = new Killer(rig, random)
  const startedAt = performance.now()
  for (let done = 0; done < kills; ) {
    const next = Math.min(kills, done + COMPARE_AFTER)
    while (killer.total < next) await killer.round()
    done = killer.total
    await killer.end()
    await rig.feed(200)
    const { code, stderr } = await rig.run({ workers: killer.workers(), more: ['--drain'] }).ended
    assert.equal(code, 0, stderr)
    const { actual, wanted } = await rig.compare()
    assert.deepEqual(actual, wanted, `results differ after ${done} kills (seed ${seed})`)
    rig.letTimePass(PAUSE_MS)
    const readings = rig.input.reduce((sum, partition) => sum + partition.length, 0)
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    tell(t, `${done} kills in ${seconds} s, ${readings} readings: every result is there once`)
  }
  return killer.kills
}

class Killer {
  readonly kills: Kills = { supervisor: 0, worker: 0, both: 0, point: 0, afterCommit: 0 }
  readonly #rig: CrashRig
  readonly #random: Random
  #run: Started | undefined
  #killsOfRun = 0

  constructor(rig: CrashRig, random: Random) {
    this.#rig = rig
    this.#random = random
  }

  get total(): number {
    const { supervisor, worker, both, point } = this.kills
    return supervisor + worker + both + point
  }

  /** A number of workers for a run. */
  workers(): number {
    return 1 + this.#below(3)
  }

  /** Kills once, or lets a run die by its own hand and ends what is left of it. */
  async round(): Promise<void> {
    await this.#rig.feed(this.#below(10) === 0 ? this.#below(5000) : this.#below(400))
    const before = await this.#rig.processed()
    const kind = this.#below(8)
    if (this.#run === undefined && kind < 2) return this.#atPoint(before)
    this.#run ??= this.#rig.run({ workers: this.workers() })
    // Some die while they start or recover, some at work.
    if (this.#below(4) === 0) await wait(50 + this.#below(400))
    else await Promise.race([this.#rig.processedMoreThan(before, this.#run.ended), wait(5000)])
    await this.#rig.feed(this.#below(200))
    await wait(this.#below(100))
    const hasCommitted = (await this.#rig.processed()) > before
    const workers = await this.#rig.workersOf(this.#run)
    if (kind < 5 && workers.length > 0 && this.#killsOfRun < MOST_OF_ONE_RUN) {
      kill(workers[this.#below(workers.length)])
      this.kills.worker++
      this.#killsOfRun++
    } else {
      // One that has ended by itself is a failure that the comparison would not tell.
      const { exitCode, pid: supervisor } = this.#run.child
      assert.equal(exitCode, null, this.#run.heard())
      const all = kind === 5 || kind === 6 ? [...workers, supervisor] : [supervisor]
      if (kind === 6) all.reverse()
      for (const pid of all) kill(pid)
      this.kills[all.length === 1 ? 'supervisor' : 'both']++
      await this.end()
    }
    if (hasCommitted) this.kills.afterCommit++
  }

  /** Ends the run that goes on, if there is one. */
  async end(): Promise<void> {
    this.#run?.child.kill('SIGKILL')
    await this.#run?.ended
    this.#run = undefined
    this.#killsOfRun = 0
  }

  /** A run whose supervisor or workers kill themselves in one of their transactions. */
  async #atPoint(before: number): Promise<void> {
    const point = POINTS[this.#below(POINTS.length)]
    const run = this.#rig.run({ workers: this.workers(), kill: `${point}:${1 + this.#below(25)}` })
    let isOver = false
    void run.ended.then(() => {
      isOver = true
    })
    // A little at a time, so that there are transactions to die in.
    for (let more = 0; more < 60 && !isOver && !run.heard().includes('died (SIGKILL)'); more++) {
      await this.#rig.feed(this.#below(30))
      await wait(50)
    }
    const ofWorkers = run.heard().split('died (SIGKILL)').length - 1
    this.kills.point += ofWorkers + Number(isOver)
    if ((await this.#rig.processed()) > before)
      this.kills.afterCommit += Number(ofWorkers + Number(isOver) > 0)
    if (!isOver) this.kills.supervisor++
    run.child.kill('SIGKILL')
    await run.ended
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

/** What has gone by itself in this moment is dead enough. */
function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown
  }
}
