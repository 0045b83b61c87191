/** What joins give, written down as nested loops. */
import type { Node } from './program.ts'
import type { Item } from './reference.ts'

/** A node that joins two streams. */
export type JoinNode = Extract<Node, { op: 'join' }>

/** The elements of both sides, and how a key is written. */
export interface JoinSides {
  readonly left: readonly Item[]
  readonly right: readonly Item[]
  readonly keyText: (key: Item['key']) => string
}

/** The rows of a join. */
export function joinRows(number: number, node: JoinNode, sides: JoinSides): readonly Item[] {
  switch (node.kind) {
    case 'within':
      return within(number, node, sides)
    case 'asOf':
      return asOf(number, node, sides)
    case 'cogroup':
      return cogroup(number, node, sides)
  }
}

/** Pairs that lie close enough together, and who has no partner. */
function within(number: number, node: JoinNode, { left, right, keyText }: JoinSides): readonly Item[] {
  const { beforeMs, afterMs, how } = node
  const [lefts, rights] = [left.filter(isOnTime), right.filter(isOnTime)]
  const isPair = (l: Item, r: Item): boolean =>
    sameKey(l, r) && l.time - beforeMs <= r.time && r.time <= l.time + afterMs
  const hasPartner = (l: Item): boolean => rights.some(r => isPair(l, r))
  if (how === 'semi' || how === 'anti') {
    return lefts.filter(l => hasPartner(l) === (how === 'semi')).map(l => passed(l))
  }
  const row = (l: Item | undefined, r: Item | undefined): Item =>
    rowOf(number, { left: l, right: r, rightName: r?.element.id, keyText })
  const pairs = lefts.flatMap(l => rights.filter(r => isPair(l, r)).map(r => row(l, r)))
  const alone = how === 'left' || how === 'full' ? lefts.filter(l => !hasPartner(l)) : []
  const others = how === 'right' || how === 'full' ? rights.filter(r => !lefts.some(l => isPair(l, r))) : []
  return [...pairs, ...alone.map(l => row(l, undefined)), ...others.map(r => row(undefined, r))]
}

/** With the time of the newest version that counts; of equal times it does not matter which it is. */
function asOf(number: number, { how }: JoinNode, { left, right, keyText }: JoinSides): readonly Item[] {
  return left.filter(isOnTime).flatMap(l => {
    const times = right.filter(r => sameKey(l, r) && Math.max(r.time, r.entry + 1) <= l.time).map(r => r.time)
    if (times.length === 0) {
      return how === 'inner'
        ? []
        : [rowOf(number, { left: l, right: undefined, rightName: undefined, keyText })]
    }
    const newest = `@${Math.max(...times)}`
    return [rowOf(number, { left: l, right: undefined, rightName: newest, keyText })]
  })
}

/** The elements of both sides in tumbling windows. */
function cogroup(number: number, { beforeMs: sizeMs }: JoinNode, { left, right, keyText }: JoinSides) {
  const groups = new Map<string, { end: number; readonly lefts: Item[]; readonly rights: Item[] }>()
  for (const [items, side] of [
    [left, 'lefts'],
    [right, 'rights'],
  ] as const) {
    for (const item of items) {
      const end = Math.floor(item.time / sizeMs) * sizeMs + sizeMs
      if (end - 1 <= item.entry) continue
      const name = `${JSON.stringify(item.key)} ${end}`
      const group = groups.get(name) ?? { end, lefts: [], rights: [] }
      group[side].push(item)
      groups.set(name, group)
    }
  }
  return [...groups.values()].flatMap(({ end, lefts, rights }) => {
    const [first] = [...lefts, ...rights]
    if (first === undefined) return []
    const text = keyText(first.key)
    const list = [...lefts, ...rights].map(({ element }) => element.id).sort()
    const value = lefts.length * 1000 + rights.length
    const element = { id: `j${number}(${text}@${end})`, key: text, time: end - 1, value, list }
    return [passed({ ...first, element, time: end - 1, timestamp: end - 1, recordKey: null })]
  })
}

interface Sides {
  readonly left: Item | undefined
  readonly right: Item | undefined
  /** What names the right side. */
  readonly rightName: string | undefined
  readonly keyText: (key: Item['key']) => string
}

function rowOf(number: number, { left, right, rightName, keyText }: Sides): Item {
  const first = left ?? right
  if (first === undefined) throw new Error('a row has an element')
  const isPair = left !== undefined && right !== undefined
  const time = isPair ? Math.max(left.time, right.time) : first.time
  const key = keyText(first.key)
  const id = `j${number}(${left?.element.id ?? '-'}|${rightName ?? '-'})`
  const element = { id, key, time, value: first.element.value, list: [] }
  return passed({ ...first, element, time, timestamp: isPair ? time : first.timestamp, recordKey: null })
}

/** As what a join gives goes on: just in time. */
function passed(item: Item): Item {
  return { ...item, entry: item.time - 1, lane: '' }
}

function isOnTime({ time, entry }: Item): boolean {
  return time > entry
}

function sameKey(left: Item, right: Item): boolean {
  return JSON.stringify(left.key) === JSON.stringify(right.key)
}
