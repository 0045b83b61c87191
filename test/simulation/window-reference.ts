/** Which windows there are, and what is in them, written down without state. */
import { hopSize, type Node } from './program.ts'
import type { Item } from './reference.ts'

type WindowNode = Extract<Node, { op: 'window' }>

interface Span {
  readonly start: number
  readonly end: number
}

/** A window, and what is in it. */
export interface Filled extends Span {
  readonly items: readonly Item[]
}

/** Whether an element comes too late for all windows of a node. */
export function isLateFor(item: Item, node: WindowNode): boolean {
  const { shape } = node
  if (shape === 'session' || shape === 'around') return item.time <= item.entry
  return !spansOf(item.time, node).some(span => isOnTime(item, span))
}

/** The windows of one key with its elements, none of which is late for all. */
export function windowsIn(items: readonly Item[], node: WindowNode): readonly Filled[] {
  switch (node.shape) {
    case 'session':
      return sessionsIn(items, node.sizeMs)
    case 'around':
      return around(items, node)
    default: {
      const filled = new Map<string, Span & { readonly items: Item[] }>()
      for (const item of items) {
        for (const span of spansOf(item.time, node).filter(each => isOnTime(item, each))) {
          const name = `${span.start} ${span.end}`
          const window = filled.get(name) ?? { ...span, items: [] }
          window.items.push(item)
          filled.set(name, window)
        }
      }
      return [...filled.values()]
    }
  }
}

function isOnTime(item: Item, { end }: Span): boolean {
  return end - 1 > item.entry
}

function spansOf(time: number, { shape, sizeMs, offsetMs }: WindowNode): readonly Span[] {
  const before = (stepMs: number): number => Math.floor((time - offsetMs) / stepMs) * stepMs + offsetMs
  if (shape === 'cumulate') {
    const start = before(3 * sizeMs)
    return [1, 2, 3].map(steps => ({ start, end: start + steps * sizeMs })).filter(({ end }) => time < end)
  }
  const lengthMs = shape === 'hopping' ? hopSize(sizeMs) : sizeMs
  const last = before(sizeMs)
  return [0, 1, 2, 3]
    .map(steps => last - steps * sizeMs)
    .map(start => ({ start, end: start + lengthMs }))
    .filter(({ end }) => time < end)
}

function sessionsIn(items: readonly Item[], gapMs: number): readonly Filled[] {
  const sessions: Item[][] = []
  for (const item of items.toSorted((left, right) => left.time - right.time)) {
    const session = sessions.at(-1)
    const last = session?.at(-1)
    if (session === undefined || last === undefined || item.time > last.time + gapMs) sessions.push([item])
    else session.push(item)
  }
  return sessions.map(inside => {
    const times = inside.map(({ time }) => time)
    return { start: Math.min(...times), end: Math.max(...times) + gapMs, items: inside }
  })
}

function around(items: readonly Item[], { sizeMs, offsetMs }: WindowNode): readonly Filled[] {
  return [...new Set(items.map(({ time }) => time))].map(time => {
    const start = time - sizeMs
    const end = time + offsetMs + 1
    return { start, end, items: items.filter(other => other.time >= start && other.time < end) }
  })
}
