/** What windows are, written down naively: each rule once, over all elements at once, with no state. */

/** An element as it came by its partition, with the watermark of that just before it. */
export interface Came {
  readonly id: string
  readonly key: string
  readonly time: number
  readonly partition: number
  readonly offset: number
  readonly entryWatermark: number
}

/** A window of one key and the elements in it, in the order of event time. */
export interface Held {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly ids: readonly string[]
}

/** What there should be in the end. */
export interface Expected {
  readonly windows: readonly Held[]
  readonly late: readonly string[]
}

interface Span {
  readonly start: number
  readonly end: number
}

/** Windows that do not depend on other elements: all of them that a time is in. */
export function aligned(
  came: readonly Came[],
  windowsOf: (time: number) => readonly Span[],
  latenessMs: number,
): Expected {
  const held = new Map<string, { readonly span: Span; readonly inside: Came[] }>()
  const late: string[] = []
  for (const element of came) {
    const all = windowsOf(element.time)
    const open = all.filter(({ end }) => end - 1 + latenessMs > element.entryWatermark)
    if (all.length > 0 && open.length === 0) late.push(element.id)
    for (const span of open) {
      const name = `${element.key} ${span.start} ${span.end}`
      const window = held.get(name) ?? { span, inside: [] }
      window.inside.push(element)
      held.set(name, window)
    }
  }
  return { windows: [...held.values()].map(({ span, inside }) => heldOf(span, inside)), late }
}

/** Sessions as the intervals of all on-time elements, merged where they overlap or touch. */
export function strictSessions(came: readonly Came[], gapMs: number, latenessMs: number): Expected {
  const isLate = ({ time, entryWatermark }: Came): boolean => time + latenessMs <= entryWatermark
  const windows: Held[] = []
  for (const inside of groups(came.filter(element => !isLate(element)))) {
    let session: Came[] = []
    for (const element of inside) {
      const last = session.at(-1)
      if (last !== undefined && element.time > last.time + gapMs) {
        windows.push(sessionOf(session, gapMs))
        session = []
      }
      session.push(element)
    }
    windows.push(sessionOf(session, gapMs))
  }
  return { windows, late: came.filter(isLate).map(({ id }) => id) }
}

/** Sessions as Flink makes them of one channel: an element joins those that are still there. */
export function frozenSessions(came: readonly Came[], gapMs: number, latenessMs: number): Expected {
  let sessions: (Span & { readonly inside: readonly Came[] })[] = []
  const late: string[] = []
  for (const element of came) {
    const { key, time, entryWatermark } = element
    const isGone = (end: number): boolean => end - 1 + latenessMs <= entryWatermark
    const joined = sessions.filter(
      ({ start, end, inside }) =>
        inside[0]?.key === key && start <= time + gapMs && end >= time && !isGone(end),
    )
    if (joined.length === 0 && isGone(time + gapMs)) {
      late.push(element.id)
      continue
    }
    sessions = sessions.filter(session => !joined.includes(session))
    sessions.push({
      start: Math.min(time, ...joined.map(({ start }) => start)),
      end: Math.max(time + gapMs, ...joined.map(({ end }) => end)),
      inside: [...joined.flatMap(({ inside }) => inside), element],
    })
  }
  return { windows: sessions.map(session => heldOf(session, session.inside)), late }
}

/** Around each time at which something happened. */
export function around(came: readonly Came[], beforeMs: number, afterMs: number): Expected {
  const onTime = came.filter(({ time, entryWatermark }) => time > entryWatermark)
  const windows = groups(onTime).flatMap(inside =>
    [...new Set(inside.map(({ time }) => time))].map(time => {
      const span = { start: time - beforeMs, end: time + afterMs + 1 }
      return heldOf(
        span,
        inside.filter(other => other.time >= span.start && other.time < span.end),
      )
    }),
  )
  return { windows, late: came.filter(element => !onTime.includes(element)).map(({ id }) => id) }
}

/** The last `size` elements of each key, after each `every`. */
export function counted(came: readonly Came[], size: number, every: number): Expected {
  const windows: Held[] = []
  for (const inside of Map.groupBy(came, ({ key }) => key).values()) {
    for (let count = every; count <= inside.length; count += every) {
      const last = inside.slice(Math.max(0, count - size), count)
      const times = last.map(({ time }) => time)
      windows.push(heldOf({ start: Math.min(...times), end: Math.max(...times) + 1 }, last))
    }
  }
  return { windows, late: [] }
}

/** The elements of each key in the order of event time, ties by partition and offset. */
function groups(came: readonly Came[]): readonly (readonly Came[])[] {
  return [...Map.groupBy(came, ({ key }) => key).values()].map(inside => inside.toSorted(byPlace))
}

function sessionOf(inside: readonly Came[], gapMs: number): Held {
  const times = inside.map(({ time }) => time)
  return heldOf({ start: Math.min(...times), end: Math.max(...times) + gapMs }, inside)
}

function heldOf({ start, end }: Span, inside: readonly Came[]): Held {
  return { key: inside[0]?.key ?? '', start, end, ids: inside.toSorted(byPlace).map(({ id }) => id) }
}

function byPlace(left: Came, right: Came): number {
  return left.time - right.time || left.partition - right.partition || left.offset - right.offset
}
