/** How sessions are kept: those of one key together, and written so that a long one is not written anew for each element. */
import type { Addition, Wire } from '../../state/index.ts'
import type { Given } from './window-output.ts'

/** A session. */
export interface Session<Acc> {
  /** The time of the element that began it: no other session of its key has the same while it is there. */
  readonly id: number
  start: number
  end: number
  accumulator: Acc
  readonly given: Given | undefined
  /** The watermark has passed it. */
  isOver: boolean
  /** It has changed since early results were given. */
  isPending: boolean
  /** It is gone, or part of another. */
  isGone: boolean
}

/** The sessions of one key. */
export interface KeySessions<Acc> {
  readonly sessions: Session<Acc>[]
  /** Whether they were written before. */
  isWritten: boolean
}

/** The accumulator of a session as it is written: whole, or what was added behind so many parts. */
type Contents = readonly [whole: unknown] | readonly [added: unknown, from: number]

type SessionState = readonly [
  id: number,
  start: number,
  end: number,
  isOver: boolean,
  given: Given | null,
  contents: Contents,
]

/** How the sessions of a key are written. */
export function sessionsWire<Acc>(accumulators: Wire<Acc>): Wire<KeySessions<Acc>> {
  const { grows } = accumulators
  const encode = (session: Session<Acc>): SessionState =>
    stateOf(session, [accumulators.encode(session.accumulator)])
  const decode = (state: unknown, before: readonly Session<Acc>[]): KeySessions<Acc> => ({
    // Only what `encode` and `take` gave is written there.
    sessions: (state as readonly SessionState[]).map(([id, start, end, isOver, given, contents]) => {
      const known = before.find(session => session.id === id)?.accumulator
      const accumulator = readContents(accumulators, contents, known)
      return {
        id,
        start,
        end,
        accumulator,
        given: given ?? undefined,
        isOver,
        isPending: false,
        isGone: false,
      }
    }),
    isWritten: true,
  })
  return {
    encode: ({ sessions }) => sessions.map(encode),
    decode: state => decode(state, []),
    ...(grows === undefined
      ? {}
      : {
          grows: {
            take: (value: KeySessions<Acc>): Addition | undefined => {
              const additions = value.sessions.map(session => {
                const addition = grows.take(session.accumulator)
                if (addition === undefined) return encode(session)
                return stateOf(session, [addition.added, addition.from])
              })
              const { isWritten } = value
              value.isWritten = true
              return isWritten ? { from: 1, added: additions } : undefined
            },
            add: (value: KeySessions<Acc> | undefined, { added }: Addition) =>
              decode(added, value?.sessions ?? []),
          },
        }),
  }
}

function stateOf<Acc>({ id, start, end, isOver, given }: Session<Acc>, contents: Contents): SessionState {
  return [id, start, end, isOver, given ?? null, contents]
}

function readContents<Acc>(wire: Wire<Acc>, [state, from]: Contents, before: Acc | undefined): Acc {
  return from === undefined || wire.grows === undefined
    ? wire.decode(state)
    : wire.grows.add(before, { from, added: state })
}
