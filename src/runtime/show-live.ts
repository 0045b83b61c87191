/** What a live stream shows of itself in Node's REPL: what has passed since it was first shown. */
import { describeValue } from '../errors.ts'
import type { PortRef } from '../graph/index.ts'
import { LiveOutput } from './live/live-output.ts'

interface Shown {
  /** How many elements had passed when it was shown first. */
  readonly first: number
  /** How many had when it was shown last, and when that was, monotonic milliseconds. */
  readonly count: number
  readonly at: number
}

const SHOWN = new WeakMap<LiveOutput, Shown>()

/** The newest element, elements a second since the last time, and how many came since the first; reads nothing. */
export function showLive(port: PortRef): string {
  if (!(port instanceof LiveOutput)) return ''
  const { count, newest, hasEnded } = port
  const at = port.scope.clock.monotonic()
  const before = SHOWN.get(port) ?? { first: count, count, at }
  SHOWN.set(port, { first: before.first, count, at })
  watch(port)
  const passed = count - before.first
  const perSecond = at > before.at ? ((count - before.count) * 1000) / (at - before.at) : undefined
  const parts = [
    ...(passed > 0 ? [`newest: ${describeValue(newest)}`] : []),
    ...(perSecond === undefined ? [] : [`${Number(perSecond.toPrecision(2))}/s`]),
    `${passed} elements`,
    ...(hasEnded ? ['ended'] : []),
  ]
  return ` ${parts.join(', ')}`
}

/** From now on no reader is called without a detour here, where the newest element is kept. */
function watch(port: LiveOutput): void {
  if (port.isShown) return
  port.isShown = true
  port.watch()
}
