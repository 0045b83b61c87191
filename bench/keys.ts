/** State of a million keys: memory, file, commits, restoring. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskControl, type Figure, runModule, withControl } from './measure.ts'

const PROCESS = './keys-process.ts'
const MANY = 1_000_000
const FEW = 10_000

interface Touched {
  readonly p50: number
  readonly p99: number
  readonly mean: number
}

/** The figures of large state. */
export async function keysFigures(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const [many, few] = [join(folder, 'many'), join(folder, 'few')]
    const { fileBytesPerKey } = await start<{ readonly fileBytesPerKey: number }>('fill', many, MANY)
    await start('fill', few, FEW)
    return [
      await withControl(diskControl, () => restoring(many, fileBytesPerKey)),
      await withControl(diskControl, () => touching(many, few)),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function restoring(file: string, fileBytesPerKey: number): Promise<Figure> {
  const restored = await start<{ readonly ms: number; readonly bytesPerKey: number }>('restore', file, MANY)
  const bare = await start<{ readonly ms: number }>('decode', file, MANY)
  const value = MANY / (restored.ms / 1000)
  const baseline = MANY / (bare.ms / 1000)
  return {
    name: 'restoring 1 M keys',
    unit: 'keys/s',
    value,
    baseline,
    baselineName: 'bare decode-and-set loop',
    ratio: value / baseline,
    more: { 'bytes a key in memory': restored.bytesPerKey, 'in the file': fileBytesPerKey },
  }
}

async function touching(many: string, few: string): Promise<Figure> {
  const large = await start<Touched>('touch', many, MANY)
  const small = await start<Touched>('touch', few, FEW)
  return {
    name: 'commit of 1000 changed keys among 1 M',
    unit: 'ms',
    value: large.p50,
    baseline: small.p50,
    baselineName: 'the same among 10,000 keys',
    ratio: large.p50 / small.p50,
    more: { mean: large.mean, 'of few': small.mean, p99: large.p99, 'p99 of few': small.p99 },
  }
}

function start<T>(role: string, file: string, keys: number): Promise<T> {
  return runModule<T>(PROCESS, [role, file, String(keys)], { node: ['--expose-gc'] })
}
