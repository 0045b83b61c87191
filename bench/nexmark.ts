/**
 * Every query of Nexmark, embedded, exactly once, with one worker: beside the query written by hand where it is,
 * else beside the least that any program must do: read the events, extract them, write every bid.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { queries } from '../examples/nexmark/queries.ts'
import { cpuControl, type Figure, runModule, withControl } from './measure.ts'
import { BY_HAND } from './nexmark-by-hand.ts'
import { benchEvents, writeEventsFile } from './nexmark-data.ts'

const EVENTS = Number(process.env['NEXMARK_EVENTS'] ?? 1_000_000)
const PROCESS = './nexmark-process.ts'
const MIB = 1024 * 1024
/** The query that writes every bid. */
const RAW = 'q0'

/**
 * Thousands of events per second and used core of Apache Flink, as the guide of github.com/nexmark/nexmark has
 * them: 8 task managers of one slot, state in RocksDB, exactly once with a checkpoint each 3 minutes, batches of
 * 2 s, 100 million events, the generator included.
 */
const FLINK: Readonly<Record<string, number>> = {
  q0: 155,
  q1: 158,
  q2: 175,
  q3: 152,
  q4: 34,
  q5: 22,
  q7: 12,
  q8: 146,
  q9: 14,
  q10: 58,
  q11: 40,
  q12: 76,
  q13: 131,
  q14: 161,
  q15: 72,
  q16: 19,
  q17: 117,
  q18: 54,
  q19: 44,
  q20: 19,
  q21: 98,
  q22: 130,
}

interface Outcome {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** The figures of all queries. */
export async function nexmarkFigures(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const data = join(folder, 'data')
    await writeEventsFile(data, benchEvents(EVENTS))
    const run = async (how: 'sluice' | 'byHand', name: string): Promise<Outcome> => {
      const copy = join(folder, 'copy')
      copyFileSync(data, copy)
      const outcome = await runModule<Outcome>(PROCESS, [how, name, copy])
      for (const end of ['', '-wal', '-shm', '-checkpoint']) rmSync(`${copy}${end}`, { force: true })
      return outcome
    }
    const figures: Figure[] = []
    for (const name of Object.keys(queries)) {
      console.error(`${name} …`)
      figures.push(
        await withControl(cpuControl, async () => {
          const hand = BY_HAND.includes(name) ? name : RAW
          return figure(name, { sluice: await run('sluice', name), byHand: await run('byHand', hand) })
        }),
      )
    }
    return figures
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** By the CPU: what a core does in a second, so that it says the same of a process that has more than one thread. */
function figure(
  name: string,
  { sluice, byHand }: { readonly sluice: Outcome; readonly byHand: Outcome },
): Figure {
  const value = EVENTS / sluice.cpuSeconds
  const baseline = EVENTS / byHand.cpuSeconds
  const isRaw = !BY_HAND.includes(name) || name === RAW
  const flink = FLINK[name]
  return {
    name,
    unit: 'events/s per core',
    value,
    baseline,
    baselineName: isRaw ? 'read, extract, write bids' : 'the same by hand',
    ratio: value / baseline,
    more: {
      'CPU-s per million': sluice.cpuSeconds / (EVENTS / 1e6),
      'events/s, one worker': EVENTS / sluice.seconds,
      ...(flink === undefined ? {} : { "Flink's, published, per core": flink * 1000 }),
      'peak MiB': sluice.rssBytes / MIB,
    },
  }
}
