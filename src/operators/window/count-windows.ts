/** Count windows. */
import { GraphError, wholeNumber } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import { checkOptions } from '../check-options.ts'
import type { Fold } from '../folds/index.ts'
import { CountKernel } from './count-kernel.ts'
import { isPlain, type WindowRules, type Windows } from './windows.ts'

/** Options of `countWindows`. */
export interface CountWindowOptions {
  /** After how many elements there is a result; the default is the size. */
  readonly every?: number
}

/**
 * Windows of so many elements of a key, in the order in which they come: after each `every` elements the
 * result of the last `size`, of fewer while there are not so many. Without `every` each element is in one
 * window. What is left over at the end is never given. Nothing is ever late. The window of a result goes
 * from the first of its times to the last + 1. Source: Flink's count windows.
 */
export function countWindows(size: number, options: CountWindowOptions = {}): Windows {
  checkOptions(options, ['every'], 'countWindows')
  const shape = {
    size: wholeNumber(size, 'the size of count windows'),
    every: wholeNumber(options.every ?? size, 'countWindows: every'),
  }
  return { kind: 'count', kernel: (fold, rules) => countKernel(shape, fold, rules) }
}

/** How windows are counted. */
export interface CountShape {
  readonly size: number
  readonly every: number
}

function countKernel<Acc>(
  shape: CountShape,
  fold: Fold<unknown, Acc, unknown>,
  rules: WindowRules,
): KernelFactory {
  if (!isPlain(rules) || rules.late === 'event' || rules.retracts) {
    throw new GraphError(
      'OPTION_INVALID',
      'count windows know no time, and no result replaces another: lateness, late, emit and retract are for other windows',
    )
  }
  return {
    fingerprint: `window count(${shape.size}/${shape.every})`,
    readsTime: 'time',
    open: host => new CountKernel({ shape, fold, rules }, host),
  }
}
