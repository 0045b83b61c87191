/** A pattern of three stages beside a loop that somebody wrote by hand for just this pattern. */
import { pattern, Stream } from 'sluice'
import { best, cpuControl, type Figure, perElement, withControl } from './measure.ts'

const EVENTS = 1_000_000
const KEYS = 1_000
const RUNS = 3
const WITHIN_MS = 60_000

interface Reading {
  readonly key: string
  readonly time: number
  readonly value: number
}

/** The figures of patterns. */
export async function patternFigures(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [what, share, boundMs] of [
    ['no event begins a match, in order', 0, 0],
    ['1 % of events begin a match, in order', 0.01, 0],
    ['1 %, in order, with patience for 1 s', 0.01, 1_000],
    ['10 %, in order', 0.1, 0],
  ] as const) {
    const readings = readingsOf(share)
    const name = `patterns: three stages, ${KEYS} keys, ${what}`
    figures.push(await withControl(cpuControl, () => beside(name, readings, boundMs)))
  }
  return figures
}

function readingsOf(share: number): readonly Reading[] {
  const keys = Array.from({ length: KEYS }, (_, number) => `key-${number}`)
  // Mulberry32: the same numbers in each run.
  let seed = 1
  const random = (): number => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  // One event a millisecond.
  return Array.from({ length: EVENTS }, (_, time) => ({
    key: keys[Math.floor(random() * KEYS)] ?? '',
    time,
    value: random() < share ? 0 : 1 + Math.floor(random() * 99),
  }))
}

const isLow = ({ value }: Reading): boolean => value === 0
const isMiddle = ({ value }: Reading): boolean => value > 40 && value < 60
const isHigh = ({ value }: Reading): boolean => value > 90

async function beside(name: string, readings: readonly Reading[], boundMs: number): Promise<Figure> {
  const matches = matched(readings, boundMs)
  if (matches !== looped(readings, boundMs)) throw new Error('the loop finds something else')
  return {
    ...perElement(name, {
      elements: EVENTS,
      valueMs: await best(() => matched(readings, boundMs), RUNS),
      baselineMs: await best(() => looped(readings, boundMs), RUNS),
      baselineName: 'hand-written loop',
    }),
    more: { matches },
  }
}

function matched(readings: readonly Reading[], boundMs: number): number {
  let matches = 0
  const stream = new Stream<Reading>()
  stream
    .eventTime(({ time }) => time, { outOfOrder: boundMs })
    .keyBy('key')
    .match(
      pattern<Reading>()
        .begin('low', isLow)
        .followedBy('middle', isMiddle)
        .followedBy('high', isHigh)
        .within(WITHIN_MS),
    )
    .sink(() => {
      matches++
    })
  for (const reading of readings) void stream.emit(reading)
  void stream.end()
  return matches
}

/** The open matches of each key, and a queue of what the watermark has not passed. */
function looped(readings: readonly Reading[], boundMs: number): number {
  const open = new Map<string, { low: Reading; middle: Reading | undefined }[]>()
  const found: { low: Reading; middle: Reading; high: Reading }[] = []
  let matches = 0
  const take = (reading: Reading): void => {
    const partials = open.get(reading.key)
    if (partials !== undefined) {
      const left = partials.filter(partial => {
        if (reading.time - partial.low.time >= WITHIN_MS) return false
        if (partial.middle === undefined) {
          if (isMiddle(reading)) partial.middle = reading
          return true
        }
        if (!isHigh(reading)) return true
        found.push({ low: partial.low, middle: partial.middle, high: reading })
        return false
      })
      if (left.length === 0) open.delete(reading.key)
      else open.set(reading.key, left)
      matches += found.length
      found.length = 0
    }
    if (!isLow(reading)) return
    const begun = { low: reading, middle: undefined }
    const others = open.get(reading.key)
    if (others === undefined) open.set(reading.key, [begun])
    else others.push(begun)
  }
  const queue: Reading[] = []
  let next = 0
  for (const reading of readings) {
    let at = queue.length
    while (at > next && (queue[at - 1]?.time ?? 0) > reading.time) at--
    if (at === queue.length) queue.push(reading)
    else queue.splice(at, 0, reading)
    const watermark = reading.time - boundMs - 1
    for (let first = queue[next]; first !== undefined && first.time <= watermark; first = queue[next]) {
      take(first)
      next++
    }
    if (next > 1024 && next * 2 > queue.length) {
      queue.splice(0, next)
      next = 0
    }
  }
  for (const reading of queue.slice(next)) take(reading)
  return matches
}
