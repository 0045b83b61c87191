/** What joins are, written down naively: nested loops over all elements at once, with no state. */
import type { JoinHow } from '../../../src/index.ts'
import type { Expected as Windows } from '../windows/reference.ts'

/** An element as it came by its partition, with the watermark of that just before it. */
export interface Came {
  readonly id: string
  readonly side: 'left' | 'right'
  readonly key: string
  readonly time: number
  readonly partition: number
  readonly offset: number
  readonly entryWatermark: number
}

/** A row: the ids of its elements, `-` where there is none. */
export interface Row {
  readonly left: string
  readonly right: string
  readonly time: number
}

/** What there should be in the end. */
export interface Expected {
  readonly rows: readonly Row[]
  /** `side id` of what came too late. */
  readonly late: readonly string[]
}

/** Pairs whose times lie close enough together, of what was not late by its own time. */
export function intervalRows(
  came: readonly Came[],
  how: JoinHow,
  { before, after }: { readonly before: number; readonly after: number },
): Expected {
  const onTime = came.filter(({ time, entryWatermark }) => time > entryWatermark)
  const rows = rowsOf(onTime, how, (l, r) => l.time - before <= r.time && r.time <= l.time + after)
  return { rows, late: lateOf(came, onTime) }
}

/**
 * The same with late elements, so far behind: they are pairs with all partners, but an element whose partners all
 * came after its last moment, by their own entry watermarks, stands alone beside that.
 */
export function lateIntervalRows(
  came: readonly Came[],
  how: JoinHow,
  { before, after, lateness }: { readonly before: number; readonly after: number; readonly lateness: number },
): Expected {
  const taken = came.filter(({ time, entryWatermark }) => time + lateness > entryWatermark)
  const isPair = (l: Came, r: Came): boolean => l.time - before <= r.time && r.time <= l.time + after
  const lasts = { left: after, right: before }
  const isSeen = (of: Came, by: Came): boolean => by.entryWatermark < of.time + lasts[of.side]
  // Who stands alone is decided by the partners in time, and who has a pair by all of them.
  const alone = rowsOf(taken, how === 'anti' ? 'anti' : 'full', (l, r) => isPair(l, r) && isSeen(l, r))
    .filter(({ left, right }) => left !== '-' && right === '-')
    .filter(() => ['left', 'full', 'anti'].includes(how))
  const others = rowsOf(taken, 'full', (l, r) => isPair(l, r) && isSeen(r, l))
    .filter(({ left }) => left === '-')
    .filter(() => ['right', 'full'].includes(how))
  const pairs = how === 'anti' ? [] : rowsOf(taken, how === 'semi' ? 'semi' : 'inner', isPair)
  return { rows: [...pairs, ...alone, ...others], late: lateOf(came, taken) }
}

/** Rows of the same windows, whose time is their last one. */
export function windowRows(came: readonly Came[], how: JoinHow, { windows, late }: Windows): Expected {
  const byId = new Map(came.map(element => [element.id, element]))
  const elementsOf = (ids: readonly string[]): readonly Came[] => ids.flatMap(id => byId.get(id) ?? [])
  const rows = windows.flatMap(({ ids, end }) =>
    rowsOf(elementsOf(ids), how, () => true).map(row => ({ ...row, time: end - 1 })),
  )
  return { rows, late: elementsOf(late).map(({ side, id }) => `${side} ${id}`) }
}

/** Each left element with the newest version that counts at its time; late versions count from when they came. */
export function asOfRows(
  came: readonly Came[],
  how: 'inner' | 'left',
  { maxAge, isRemoval }: { readonly maxAge: number; readonly isRemoval: (version: Came) => boolean },
): Expected {
  const onTime = came.filter(({ time, entryWatermark }) => time > entryWatermark)
  const from = (version: Came): number => Math.max(version.time, version.entryWatermark + 1)
  const rows = onTime.flatMap((l): readonly Row[] => {
    if (l.side === 'right') return []
    const [newest] = came
      .filter(r => r.side === 'right' && r.key === l.key && from(r) <= l.time)
      .toSorted((a, b) => b.time - a.time || b.partition - a.partition || b.offset - a.offset)
    const counts = newest !== undefined && !isRemoval(newest) && l.time - newest.time <= maxAge
    if (!counts && how === 'inner') return []
    return [{ left: l.id, right: counts ? newest.id : '-', time: l.time }]
  })
  return { rows, late: lateOf(came, onTime) }
}

/** All rows of two sides for a rule that says which pairs there are. */
export function rowsOf(
  elements: readonly Came[],
  how: JoinHow,
  isPair: (left: Came, right: Came) => boolean,
): readonly Row[] {
  const lefts = elements.filter(({ side }) => side === 'left')
  const rights = elements.filter(({ side }) => side === 'right')
  const matches = (l: Came, r: Came): boolean => l.key === r.key && isPair(l, r)
  const alone = (l: Came): boolean => !rights.some(r => matches(l, r))
  if (how === 'semi')
    return lefts.filter(l => !alone(l)).map(({ id, time }) => ({ left: id, right: '-', time }))
  if (how === 'anti') return lefts.filter(alone).map(({ id, time }) => ({ left: id, right: '-', time }))
  const rows: Row[] = []
  for (const l of lefts) {
    for (const r of rights) {
      if (matches(l, r)) rows.push({ left: l.id, right: r.id, time: Math.max(l.time, r.time) })
    }
  }
  if (how === 'left' || how === 'full') {
    for (const l of lefts) if (alone(l)) rows.push({ left: l.id, right: '-', time: l.time })
  }
  if (how === 'right' || how === 'full') {
    for (const r of rights) {
      if (!lefts.some(l => matches(l, r))) rows.push({ left: '-', right: r.id, time: r.time })
    }
  }
  return rows
}

/** What is not among those that were on time. */
export function lateOf(came: readonly Came[], onTime: readonly Came[]): readonly string[] {
  return came.filter(element => !onTime.includes(element)).map(({ side, id }) => `${side} ${id}`)
}
