/** Folds that see elements in the order of event time: collect, first, last, reduce. */
import type { Wire } from '../../state/index.ts'
import { ElementLog, logWire } from './element-log.ts'
import type { Fold } from './fold.ts'
import { comparePlaces, type Place, type PlaceState, placeFromState, placeOf, placeToState } from './place.ts'
import { rankingRows } from './ranked-rows.ts'

/** All elements, in the order of event time; of rows that come and go, those that are there, in the order of their contents. */
export function collect<In>(): Fold<In, ElementLog<In>, In[]> {
  const ranking = { fingerprint: 'collect:1', number: () => 0, sign: 1 } as const
  return {
    ...overLog('collect:1', (elements: In[]) => elements),
    retracting: () =>
      rankingRows<In, In[]>({ ...ranking, result: rows => rows.best(Number.POSITIVE_INFINITY) }),
  }
}

/** Combines elements two by two, in the order of event time; the result of one element is that element. */
export function reduce<In>(combine: (left: In, right: In) => In): Fold<In, ElementLog<In>, In> {
  return overLog('reduce:2', elements => elements.reduce((left, right) => combine(left, right)))
}

/** The element that happened first. */
export function first<In>(): Fold<In, Edge<In>, In> {
  return edge('first:1', (candidate, before) => comparePlaces(candidate, before) < 0)
}

/** The element that happened last. */
export function last<In>(): Fold<In, Edge<In>, In> {
  return edge('last:1', (candidate, before) => comparePlaces(candidate, before) >= 0)
}

/** Combines elements two by two as they come, for results that replace one another. */
export function runningReduce<In>(combine: (left: In, right: In) => In): Fold<In, Reduced<In>, In> {
  return {
    fingerprint: 'reduce:1',
    create: () => ({ value: undefined, isEmpty: true }),
    add: ({ value, isEmpty }, element) => ({
      // There is a value unless it is empty.
      value: isEmpty ? element : combine(value as In, element),
      isEmpty: false,
    }),
    // There is one: an aggregation has an element at least.
    result: ({ value }) => value as In,
    condenses: true,
    // What was written is what is read.
    wire: { encode: ({ value }) => value, decode: value => ({ value: value as In, isEmpty: false }) },
    mutates: true,
    copy: before => structuredClone(before),
  }
}

interface Reduced<In> {
  readonly value: In | undefined
  readonly isEmpty: boolean
}

interface Edge<In> extends Place {
  readonly value: In | undefined
}

function overLog<In, Out>(
  fingerprint: string,
  result: (elements: In[]) => Out,
): Fold<In, ElementLog<In>, Out> {
  return {
    fingerprint,
    create: () => new ElementLog(),
    add: (log, element, place) => {
      log.add(element, place)
      return log
    },
    result: log => result(log.values()),
    merge: (into, other) => {
      into.addAll(other)
      return into
    },
    condenses: false,
    wire: logWire(),
    mutates: false,
  }
}

const NOWHERE: Edge<never> = {
  value: undefined,
  time: Number.NaN,
  origin: { topic: '', partition: 0 },
  offset: -1,
  index: 0,
}

function edge<In>(
  fingerprint: string,
  replaces: (candidate: Place, before: Place) => boolean,
): Fold<In, Edge<In>, In> {
  const pick = (before: Edge<In>, candidate: Edge<In>): Edge<In> =>
    Number.isNaN(before.time) || replaces(candidate, before) ? candidate : before
  return {
    fingerprint,
    create: () => NOWHERE,
    add: (before, value, place) => pick(before, { value, ...placeOf(place) }),
    // There is one: an aggregation has an element at least.
    result: ({ value }) => value as In,
    merge: (into, other) => (Number.isNaN(other.time) ? into : pick(into, other)),
    condenses: true,
    wire: edgeWire(),
    mutates: false,
  }
}

function edgeWire<In>(): Wire<Edge<In>> {
  return {
    encode: edge => [edge.value, placeToState(edge)],
    decode: state => {
      // Only what `encode` gave is written there.
      const [value, place] = state as readonly [In, PlaceState]
      return { value, ...placeFromState(place) }
    },
  }
}
