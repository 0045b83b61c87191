/**
 * From the moment when the record that passes a window's end is durable to the moment when another
 * process has read that window's results: at 50,000 events/s, in three processes on one file.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBroker } from 'sluice'
import { PARTITIONS } from './job-data.ts'
import type { CommitSizes } from './latency-process.ts'
import { diskControl, type Figure, percentile, runModule, withControl } from './measure.ts'

const PROCESS = './latency-process.ts'
const PRODUCE_MS = 20_000
/** What comes in the first seconds meets code that is not compiled yet. */
const WARM_UP_MS = 3000
const BARE_MS = 6000

/** The figures of latency: the median and the 99th percentile. */
export async function latencyFigures(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  await withControl(diskControl, async () => {
    figures.splice(0, figures.length, ...(await measure()))
    return figures[0] as Figure
  })
  return figures
}

async function measure(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const file = join(folder, 'data')
    const broker = await openBroker(`file:${file}`)
    await broker.createTopic({ name: 'readings', partitions: PARTITIONS, kind: 'user' })
    await broker.close()
    const others = PRODUCE_MS + 2000
    const app = start<CommitSizes>('app', file, others)
    const read = start<Record<string, number>>('read', file, others)
    const passed = await start<Record<string, number>>('produce', file, PRODUCE_MS)
    const sizes = await app
    const seen = await read
    const bytes = Math.round(sizes.bytes / sizes.commits)
    const everyMs = Math.round(PRODUCE_MS / sizes.commits)
    const bare = await start<readonly number[]>('bare', file, BARE_MS, bytes, everyMs)
    const begin = Math.min(...Object.values(passed))
    const latencies = Object.entries(passed).flatMap(([window, moment]) => {
      const at = seen[window]
      return at === undefined || moment < begin + WARM_UP_MS ? [] : [at - moment]
    })
    return [50, 99].map(percent => figure(percent, latencies, bare, { bytes, everyMs }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function figure(
  percent: number,
  latencies: readonly number[],
  bare: readonly number[],
  commit: { readonly bytes: number; readonly everyMs: number },
): Figure {
  const value = percentile(latencies, percent)
  const baseline = percentile(bare, percent)
  return {
    name: `window passed → result read elsewhere, p${percent}`,
    unit: 'ms',
    value,
    baseline,
    baselineName: 'bare paced commit of the same size',
    ratio: value / baseline,
    more: { windows: latencies.length, 'bytes a commit': commit.bytes, 'ms between commits': commit.everyMs },
  }
}

function start<T>(role: string, file: string, ...numbers: readonly number[]): Promise<T> {
  return runModule<T>(PROCESS, [role, file, ...numbers.map(String)])
}
