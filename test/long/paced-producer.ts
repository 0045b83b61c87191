/**
 * Writes readings at a pace, as a process of its own: `URL TOPIC SHAPE PHASES`, the last two as JSON. The
 * last phase goes on until standard input ends; then it prints how many it wrote, and the largest delay.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openBroker } from '../../src/broker/index.ts'
import { type Shape, writeReadings } from './readings.ts'

/** So many readings a second, for so long. */
export interface Phase {
  readonly perSecond: number
  readonly seconds: number
}

/** What it prints at its end. */
export interface Produced {
  readonly count: number
  /** How far it was behind its pace at most, milliseconds. */
  readonly behindMs: number
}

const TICK_MS = 20

const [url = '', topic = '', shapeText = '', phasesText = ''] = process.argv.slice(2)
const shape = JSON.parse(shapeText) as Shape
const phases = JSON.parse(phasesText) as readonly Phase[]
const broker = await openBroker(url, { checkpoint: false })
let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()
const startedAt = performance.now()
let count = 0
let behindMs = 0
while (!isOver) {
  const elapsedMs = performance.now() - startedAt
  const due = dueAfter(elapsedMs)
  await writeReadings(broker, topic, { shape, from: count, to: due })
  count = due
  const took = performance.now() - startedAt - elapsedMs
  behindMs = Math.max(behindMs, took - TICK_MS)
  await wait(Math.max(1, TICK_MS - took))
}
await broker.close()
process.stdout.write(JSON.stringify({ count, behindMs: Math.round(behindMs) } satisfies Produced))

function dueAfter(ms: number): number {
  let due = 0
  let left = ms / 1000
  for (const [index, { perSecond, seconds }] of phases.entries()) {
    const spent = index === phases.length - 1 ? left : Math.min(left, seconds)
    due += spent * perSecond
    left -= spent
  }
  return Math.floor(due)
}
