/** What the stages of a pattern say of the types of its matches. Nothing here runs. */

/** How many events a stage takes, as its field in a match shows: one, one or none, or a list. */
export type StageCount = 'one' | 'optional' | 'many'

/** What is known of a stage: what its events are, and how many it takes. */
export interface StageType<out E = unknown, out C extends StageCount = StageCount> {
  readonly element: E
  readonly count: C
}

/** The stages of a pattern, by name; those that must not come are not among them. */
export type StageTypes = Readonly<Record<string, StageType>>

/** The stages with one more, or with one that has changed. */
export type WithStage<S, N extends string, X extends StageType> = {
  readonly [K in (keyof S & string) | N]: K extends N ? X : K extends keyof S ? S[K] : never
}

/** The stages, of which some now take another number of events. */
export type Counted<S extends StageTypes, L extends string, C extends StageCount> = {
  readonly [K in keyof S & string]: K extends L ? StageType<S[K]['element'], C> : S[K]
}

/** The events of a match, by stage: one, one or undefined, or a list in the order of event time. */
export type MatchedEvents<S extends StageTypes> = {
  readonly [K in keyof S & string]: S[K]['count'] extends 'many'
    ? readonly S[K]['element'][]
    : S[K]['count'] extends 'optional'
      ? S[K]['element'] | undefined
      : S[K]['element']
}

/** The events of a match that was given up: any stage may have none yet. */
export type PartialEvents<S extends StageTypes> = {
  readonly [K in keyof S & string]: S[K]['count'] extends 'many'
    ? readonly S[K]['element'][]
    : S[K]['element'] | undefined
}

/** What a condition can ask: the events taken so far, by stage, in the order of event time. Valid during the call. */
export type TakenEvents<S extends StageTypes> = {
  readonly [K in keyof S & string]: readonly S[K]['element'][]
}

/** A match: the key, and the events of each stage under its name. */
export type Match<K, S extends StageTypes> = { readonly key: K } & MatchedEvents<S>

/** A match that was not complete within the time that the pattern gives it. */
export type PartialMatch<K, S extends StageTypes> = { readonly key: K } & PartialEvents<S>
