/** How sessions are kept: those of one key together, and written so that a long one is not written anew for each element. */
import { type Entry, readPart, type Wire, type WrittenPart, writePart } from '../../state/index.ts'
import type { DueNode } from '../../time/index.ts'
import type { Given } from './window-output.ts'

/** A session. `time` is the watermark at which it is over, or then at which it takes nothing any more. */
export interface Session<Acc> extends DueNode {
  /** The time of the element that began it: no other session of its key has the same while it is there. */
  readonly id: number
  start: number
  end: number
  accumulator: Acc
  readonly given: Given | undefined
  /** The watermark has passed it. */
  isOver: boolean
  /** The sessions of its key; undefined: it is gone, or part of another. */
  owner: Entry<KeySessions<Acc>> | undefined
}

/** The sessions of one key. */
export interface KeySessions<Acc> {
  readonly sessions: Session<Acc>[]
  /** Whether they were written before. */
  isWritten: boolean
}

type SessionState = readonly [
  id: number,
  start: number,
  end: number,
  isOver: boolean,
  given: Given | null,
  contents: WrittenPart,
]

/** A session that has begun, or was read; who keeps it says where it belongs and when it is due. */
export function newSession<Acc>(
  parts: Pick<Session<Acc>, 'id' | 'start' | 'end' | 'accumulator' | 'given' | 'isOver'>,
): Session<Acc> {
  const { id, start, end, accumulator, given, isOver } = parts
  return { id, start, end, accumulator, given, isOver, owner: undefined, time: end, at: Number.NaN }
}

/** How the sessions of a key are written. */
export function sessionsWire<Acc>(accumulators: Wire<Acc>): Wire<KeySessions<Acc>> {
  const decode = (state: unknown, before: readonly Session<Acc>[]): KeySessions<Acc> => ({
    // Only what `encode` and `take` gave is written there.
    sessions: (state as readonly SessionState[]).map(([id, start, end, isOver, given, contents]) => {
      const known = before.find(session => session.id === id)?.accumulator
      const accumulator = readPart(accumulators, contents, known)
      return newSession({ id, start, end, accumulator, given: given ?? undefined, isOver })
    }),
    isWritten: true,
  })
  const plain: Wire<KeySessions<Acc>> = {
    encode: ({ sessions }) =>
      sessions.map(session => stateOf(session, [accumulators.encode(session.accumulator)])),
    decode: state => decode(state, []),
  }
  if (accumulators.grows === undefined) return plain
  return {
    ...plain,
    grows: {
      take: value => {
        const added = value.sessions.map(session =>
          stateOf(session, writePart(accumulators, session.accumulator)),
        )
        const { isWritten } = value
        value.isWritten = true
        return isWritten ? { from: 1, added } : undefined
      },
      add: (value, { added }) => decode(added, value?.sessions ?? []),
    },
  }
}

function stateOf<Acc>({ id, start, end, isOver, given }: Session<Acc>, contents: WrittenPart): SessionState {
  return [id, start, end, isOver, given ?? null, contents]
}
