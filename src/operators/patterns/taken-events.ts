/** The events of a partial match by stage: for conditions that ask for them, and for what is given out. */
import type { Link } from './match-state.ts'

const NOTHING: readonly unknown[] = []

/** The events of a chain by stage, in the order in which they were taken. */
export function eventsByStage(last: Link | undefined, stages: number): readonly (readonly unknown[])[] {
  const lists = Array.from({ length: stages }, (): unknown[] => [])
  for (let link = last; link !== undefined; link = link.before)
    lists[link.stage]?.push(link.event.value.value)
  for (const list of lists) list.reverse()
  return lists
}

/** What conditions are given: one object, whose lists are made when somebody asks for them. */
export class TakenView {
  /** The events by the names of stages. */
  readonly events: Readonly<Record<string, readonly unknown[]>>
  readonly #stages: number
  #last: Link | undefined
  #lists: readonly (readonly unknown[])[] | undefined

  constructor(names: readonly string[]) {
    this.#stages = names.length
    const properties = names.map((name, stage) => {
      return [name, { enumerable: true, get: () => this.#list(stage) }] as const
    })
    this.events = Object.create(null, Object.fromEntries(properties)) as Record<string, readonly unknown[]>
  }

  /** Lets it stand for what was taken up to this. */
  show(last: Link | undefined): void {
    this.#last = last
    this.#lists = undefined
  }

  #list(stage: number): readonly unknown[] {
    if (this.#last === undefined) return NOTHING
    this.#lists ??= eventsByStage(this.#last, this.#stages)
    return this.#lists[stage] ?? NOTHING
  }
}
