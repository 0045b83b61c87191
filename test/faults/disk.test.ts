/** A disk that is full, read-only or damaged, and a file that somebody else keeps, while an app works on it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Place } from '../cli/command.ts'
import { countsOf, expectedCounts, readings } from './readings.ts'
import { smallDisk } from './small-disk.ts'

const FAULTY = fileURLToPath(new URL('./programs/faulty.ts', import.meta.url))
const LIMIT_FILES = new URL('./limit-files.ts', import.meta.url).href
const READINGS = 60_000
const LEFT_BYTES = 400_000

test('a full disk makes the app wait and say why; it stops cleanly, and goes on once there is room', async t => {
  const place = new Place(t)
  const disk = roomFor(t, place, 24)
  const at = { SLUICE_BROKER: `file:${join(disk.folder, 'broker')}` }
  await writeReadings(place, at)
  const full = { ...at, ...disk.fill() }
  const first = place.start(['run', FAULTY], full)
  await first.says('the disk')
  first.child.kill('SIGTERM')
  const { code, stderr } = await first.ended
  // What was done since the last commit could not be kept: that is no clean stop by a signal.
  assert.equal(code, 1, stderr)
  assert.match(stderr, /trying again: the disk (is full|refused).*nothing was written/)
  assert.match(stderr, /failed: nothing since the last commit counts/)

  const second = place.start(['run', FAULTY, '--until-caught-up'], full)
  await second.says('the disk')
  disk.free()
  const ended = await second.ended
  assert.equal(ended.code, 0, ended.stderr)
  assert.deepEqual(await countsIn(place, at), expectedCounts(READINGS))
})

test('on a read-only disk the command says so, and leaves everything as it is', async t => {
  const place = new Place(t)
  const disk = smallDisk(t, 24)
  if (disk === undefined && process.getuid?.() === 0)
    return t.skip('root may write everywhere, and may not mount')
  const folder = disk?.folder ?? place.folder
  const at = { SLUICE_BROKER: `file:${join(folder, 'broker')}` }
  await writeReadings(place, at)
  if (disk !== undefined) disk.readOnly()
  else chmodSync(folder, 0o555)
  const { code, stderr } = await place.run(['run', FAULTY, '--until-caught-up'], '', at)
  if (disk === undefined) chmodSync(folder, 0o755)
  assert.equal(code, 1, stderr)
  assert.match(stderr, /broker.*(read-only|may not write|cannot be opened)/)
})

test('a file that somebody else keeps locked makes the app wait, not fail', async t => {
  const place = new Place(t)
  await writeReadings(place, {})
  const running = place.start(['run', FAULTY, '--until-caught-up'])
  while ((await countsOf(place)).length === 0) await wait(20)
  const other = new DatabaseSync(place.url.slice('file:'.length), { timeout: 5000 })
  other.exec('BEGIN IMMEDIATE')
  await wait(12_000)
  other.exec('COMMIT')
  other.close()
  const { code, stderr } = await running.ended
  assert.equal(code, 0, stderr)
  assert.deepEqual(await countsOf(place), expectedCounts(READINGS))
})

test('a damaged batch stops the app with its place, and nothing is read from it', async t => {
  const place = new Place(t)
  await writeReadings(place, {})
  const file = new DatabaseSync(place.url.slice('file:'.length))
  const damaged = file
    .prepare(
      `UPDATE batches SET bytes = CAST(substr(bytes, 1, 200) || x'00' || substr(bytes, 202) AS BLOB)
       WHERE (partition_id, base_offset) IN (SELECT partition_id, base_offset FROM batches ORDER BY base_offset DESC LIMIT 1)
       RETURNING base_offset`,
    )
    .get()
  file.close()
  const offset = Number(damaged?.['base_offset'])
  const { code, stderr } = await place.run(['run', FAULTY, '--until-caught-up'])
  assert.equal(code, 1)
  assert.match(
    stderr,
    new RegExp(`the batch at offset ${offset} of topic "readings", partition \\d in .* is damaged`),
  )
})

test('a file that was cut off is said to be damaged, and is left as it is', async t => {
  const place = new Place(t)
  await writeReadings(place, {})
  truncateSync(place.url.slice('file:'.length), 300_001)
  const { code, stderr } = await place.run(['run', FAULTY, '--until-caught-up'])
  assert.equal(code, 1)
  assert.match(stderr, /is damaged, or is no broker file|is damaged: /)
})

interface Room {
  readonly folder: string
  /** Takes all room but a little, from processes that are started with these variables. */
  fill(): NodeJS.ProcessEnv
  /** Gives it back. */
  free(): void
}

/** A small disk where mounting is allowed; elsewhere a limit on the size of the processes' files. */
function roomFor(t: TestContext, place: Place, megabytes: number): Room {
  const disk = smallDisk(t, megabytes)
  t.diagnostic(
    disk === undefined ? 'disk full by a limit on the size of files' : 'disk full by a small tmpfs',
  )
  if (disk === undefined) return limitedFiles(place)
  const ballast = join(disk.folder, 'ballast')
  return {
    folder: disk.folder,
    fill: () => {
      const { bavail, bsize } = statfsSync(disk.folder)
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)))
      return {}
    },
    free: () => rmSync(ballast),
  }
}

function limitedFiles({ folder }: Place): Room {
  const pids = join(folder, 'pids')
  return {
    folder,
    fill: () => {
      const size = statSync(join(folder, 'broker')).size + LEFT_BYTES
      return { NODE_OPTIONS: `--import=${LIMIT_FILES}`, LIMIT_FILES: String(size), LIMIT_PIDS: pids }
    },
    free: () => {
      for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) {
        // Those of the first run have ended.
        spawnSync('prlimit', ['--pid', pid, '--fsize=unlimited:unlimited'])
      }
    },
  }
}

async function writeReadings(place: Place, env: NodeJS.ProcessEnv): Promise<void> {
  const created = await place.run(['topic', 'create', 'readings', '--partitions', '2'], '', env)
  assert.equal(created.code, 0, created.stderr)
  const lines = readings(READINGS).map(reading => JSON.stringify(reading))
  const written = await place.run(['topic', 'write', 'readings'], `${lines.join('\n')}\n`, env)
  assert.equal(written.code, 0, written.stderr)
}

async function countsIn(place: Place, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { stdout } = await place.run(['topic', 'read', 'counts', '--values'], '', env)
  const counts = stdout.split('\n').filter(line => line !== '')
  return counts
    .map(line => JSON.parse(line) as { readonly sensor: string; readonly count: number })
    .map(({ sensor, count }) => `${sensor} ${count}`)
    .sort((a, b) => (a < b ? -1 : Number(a > b)))
}
