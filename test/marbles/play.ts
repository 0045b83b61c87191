/** Plays what a marble picture shows, on a clock that is moved by hand: the pictures cannot show what is not so. */
import { ManualClock, Stream } from 'sluice'
import { turn } from '../live/turns.ts'

/** How long a place in a lane is. */
export const SLOT_MS = 100
const STEP_MS = 10

/** What happens at a moment. */
export type Happening =
  | { readonly kind: 'element'; readonly atMs: number; readonly value: unknown }
  | { readonly kind: 'end'; readonly atMs: number }
  | { readonly kind: 'error'; readonly atMs: number }
  | { readonly kind: 'flush'; readonly atMs: number }

/** What an operator is shown with. */
export interface MarbleSpec {
  /** The name of the picture's file. */
  readonly name: string
  /** What stands in the operator's box. */
  readonly code: string
  /**
   * One text for each input, a place after the other: an element, several with commas between, `.` for
   * nothing, `|` for the end, `!` for a flush.
   */
  readonly inputs: readonly string[]
  /** How many places the picture has. */
  readonly slots: number
  /** Whether time matters: then the picture says how long a place is. */
  readonly timed?: boolean
  /** Builds the operator on the inputs. */
  readonly build: (inputs: readonly Stream<never>[], clock: ManualClock) => Stream<unknown>
}

/** What came of it. */
export interface Played {
  readonly inputs: readonly (readonly Happening[])[]
  readonly output: readonly Happening[]
}

/** The happenings of a lane. Throws for a lane that is longer than the picture. */
export function readLane(lane: string, slots: number): readonly Happening[] {
  const places = lane.split(' ')
  if (places.length > slots) throw new Error(`the lane "${lane}" has more than ${slots} places`)
  return places.flatMap((place, index): readonly Happening[] => {
    const atMs = index * SLOT_MS
    if (place === '.') return []
    if (place === '|') return [{ kind: 'end', atMs }]
    if (place === '!') return [{ kind: 'flush', atMs }]
    return place
      .split(',')
      .map(text => ({ kind: 'element', atMs, value: /^-?\d+$/.test(text) ? Number(text) : text }) as const)
  })
}

/** Plays a spec to its end. */
export async function play(spec: MarbleSpec): Promise<Played> {
  const clock = new ManualClock()
  const output: Happening[] = []
  const fail = (): void => {
    output.push({ kind: 'error', atMs: clock.now() })
  }
  const lanes = spec.inputs.map(lane => readLane(lane, spec.slots))
  const streams = lanes.map(
    (_, number) => new Stream<never>({ clock, name: `in-${number}`, onFailure: fail }),
  )
  const result = spec.build(streams, clock)
  result.subscribe({
    next: value => output.push({ kind: 'element', atMs: clock.now(), value }),
    complete: () => output.push({ kind: 'end', atMs: clock.now() }),
  })
  for (; clock.now() < spec.slots * SLOT_MS; clock.advance(STEP_MS)) {
    for (const [number, lane] of lanes.entries()) {
      for (const happening of lane) {
        if (happening.atMs !== clock.now()) continue
        try {
          begin(happening, streams[number], result)?.catch(fail)
        } catch {
          fail()
        }
      }
    }
    await turn()
  }
  await streams[0]?.dispose()
  return { inputs: lanes, output }
}

function begin(
  happening: Happening,
  stream: Stream<never> | undefined,
  result: Stream<unknown>,
): Promise<void> | undefined {
  switch (happening.kind) {
    case 'element':
      // What the elements of a lane are, its text says.
      return stream?.emit(happening.value as never)
    case 'end':
      return stream?.end()
    case 'flush':
      return result.flush()
    case 'error':
      throw new Error('an input has no errors')
    default:
      return happening satisfies never
  }
}
