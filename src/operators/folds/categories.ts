/** Folds over the values of elements: how many different ones, and how often each. Exact; they keep every value. */
import type { Key } from '../../codec/index.ts'
import { checkFunction } from '../check-options.ts'
import { checkedValue, compareValues } from './checked-value.ts'
import type { Fold } from './fold.ts'
import { type RetractingParts, readingFold, retractingFold, reversibleFold } from './reading-fold.ts'
import { Tally, tallyWire } from './tally.ts'

/** How often a value was seen. */
export interface ValueCount<K> {
  readonly value: K
  readonly count: number
}

/**
 * The exact number of different values. Values are what keys may be; `1` and `'1'` are two. Every value is
 * kept until the window is over: some 40 bytes of memory each, and once in the changelog.
 */
export function distinct<In>(of: (element: In) => Key): Fold<In, Tally, number> {
  checkFunction(of, 'distinct')
  const parts: RetractingParts<In, Key, Tally, number> = {
    fingerprint: 'distinct:1 counted',
    create: () => new Tally(),
    read: element => checkedValue(of(element), 'distinct'),
    take: (tally, value) => tally.add(value, 1),
    giveBack: (tally, value) => tally.add(value, -1),
    result: tally => tally.size,
    mergeInto: (into, other) => into.addAll(other),
    condenses: false,
    wire: tallyWire(),
    copy: tally => tally.copy(),
  }
  return readingFold({
    ...parts,
    fingerprint: 'distinct:1',
    take: (tally, value) => tally.include(value),
    mergeInto: (into, other) => into.includeAll(other),
    // Only what is to be taken back must be counted.
    retracting: () => retractingFold(parts),
  })
}

/**
 * How often each value was seen, the most frequent first; of equally frequent ones the smaller first.
 * Values are what keys may be; every one is kept, with its count, until the window is over.
 */
export function countBy<In, K extends Key>(
  of: (element: In) => K,
): Fold<In, Tally<K>, readonly ValueCount<K>[]> {
  checkFunction(of, 'countBy')
  return reversibleFold<In, K, Tally<K>, readonly ValueCount<K>[]>({
    fingerprint: 'countBy:1',
    create: () => new Tally<K>(),
    read: element => checkedValue(of(element), 'countBy'),
    take: (tally, value) => tally.add(value, 1),
    giveBack: (tally, value) => tally.add(value, -1),
    result: tally =>
      [...tally.entries()]
        .filter(([, count]) => count > 0)
        .map(([value, count]) => ({ value, count }))
        .sort((left, right) => right.count - left.count || compareValues(left.value, right.value)),
    mergeInto: (into, other) => into.addAll(other),
    condenses: false,
    wire: tallyWire(),
    copy: tally => tally.copy(),
  })
}
