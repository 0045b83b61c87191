/**
 * How figures are made: each beside a baseline of the same run, with a control before and after that
 * tells whether the machine was quiet enough to say anything.
 */
import { execFile } from 'node:child_process'
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** One figure, beside its baseline. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly baseline: number
  /** What the baseline is. */
  readonly baselineName: string
  /** value ÷ baseline; undefined: not measurable now, as the control moved too much. */
  readonly ratio: number | undefined
  /** Further numbers of the same run. */
  readonly more?: Readonly<Record<string, number>>
}

/** A control that moves by more than this spoils the figure. */
const MAX_CONTROL_CHANGE = 0.15
const TRIES = 3

/** Measures until the control stands still before and after, at most three times. */
export async function withControl(
  control: () => Promise<number>,
  measure: () => Promise<Figure>,
): Promise<Figure> {
  let figure: Figure | undefined
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = await control()
    figure = await measure()
    const after = await control()
    if (Math.abs(after - before) / before <= MAX_CONTROL_CHANGE) return figure
  }
  if (figure === undefined) throw new Error('nothing was measured')
  return { ...figure, ratio: undefined }
}

/** The time of a bare loop, milliseconds. */
export function cpuControl(): Promise<number> {
  return best(() => {
    let sum = 0
    for (let i = 0; i < 20_000_000; i++) sum = (sum + i * 7) | 0
    return sum
  })
}

/** The time of 50 appends of 60 kB, each made durable, milliseconds. */
export async function diskControl(): Promise<number> {
  const file = join(tmpdir(), `sluice-bench-${process.pid}`)
  const block = Buffer.alloc(60_000, 1)
  const descriptor = openSync(file, 'w')
  try {
    return await best(() => {
      for (let i = 0; i < 50; i++) {
        writeSync(descriptor, block)
        fdatasyncSync(descriptor)
      }
    })
  } finally {
    closeSync(descriptor)
    rmSync(file)
  }
}

/** The shortest of fifteen runs, milliseconds: the least disturbed one. */
export async function best(body: () => unknown, runs = 15): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const start = performance.now()
    await body()
    shortest = Math.min(shortest, performance.now() - start)
  }
  return shortest
}

const run = promisify(execFile)

/** Runs a module beside this one in a process of its own, with the options of this one; gives the JSON that it prints. */
export async function runModule<T>(
  module: string,
  args: readonly string[],
  { node = [], env = {} }: { readonly node?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<T> {
  const path = fileURLToPath(new URL(module, import.meta.url))
  const { stdout } = await run(process.execPath, [...process.execArgv, ...node, path, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(stdout) as T
}

/** The value that so many percent of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))] ?? Number.NaN
}

/** A figure in nanoseconds per element. */
export function perElement(
  name: string,
  measured: {
    readonly elements: number
    readonly valueMs: number
    readonly baselineMs: number
    readonly baselineName: string
  },
): Figure {
  const { elements, valueMs, baselineMs, baselineName } = measured
  const ns = 1e6 / elements
  return {
    name,
    unit: 'ns',
    value: valueMs * ns,
    baseline: baselineMs * ns,
    baselineName,
    ratio: valueMs / baselineMs,
  }
}

/** The figures as a table for people. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(figure => [
    figure.name,
    `${format(figure.value)} ${figure.unit}`,
    `${format(figure.baseline)} ${figure.unit}`,
    figure.ratio === undefined ? 'not measurable now' : `${figure.ratio.toFixed(2)}×`,
    `${figure.baselineName}${Object.entries(figure.more ?? {})
      .map(([name, value]) => `; ${name} ${format(value)}`)
      .join('')}`,
  ])
  const header = ['figure', 'sluice', 'baseline', 'ratio', 'baseline is; more']
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)),
  )
  return [header, ...rows]
    .map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n')
}

/** The figures as a table for a page: what all or some have more are columns too. */
export function markdown(figures: readonly Figure[]): string {
  const more = [...new Set(figures.flatMap(figure => Object.keys(figure.more ?? {})))]
  const units = [...new Set(figures.map(({ unit }) => unit))]
  const oneUnit = units.length === 1 ? units[0] : undefined
  const rows = figures.map(figure => [
    figure.name,
    oneUnit === undefined ? `${format(figure.value)} ${figure.unit}` : format(figure.value),
    `${figure.baselineName}: ${format(figure.baseline)}`,
    figure.ratio?.toFixed(2) ?? 'not measurable now',
    ...more.map(name => {
      const value = figure.more?.[name]
      return value === undefined ? '–' : format(value)
    }),
  ])
  const header = ['', oneUnit ?? 'Sluice', 'beside it', 'ratio', ...more]
  return [header, header.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
}

function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(value < 10 ? 2 : 1)
}
