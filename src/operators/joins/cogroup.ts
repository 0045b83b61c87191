/** The elements of two streams in the same windows: one window step with two inputs, and what is made of its results. */
import { describeValue, GraphError } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import { type AnyFold, collect, type Fold, foldOf } from '../folds/index.ts'
import type { StepOptions } from '../scope.ts'
import type { Window, WindowResult } from '../window/window.ts'
import { type RetractOption, type WindowOptions, windowRules } from '../window/window-options.ts'
import type { WindowRules, Windows } from '../window/windows.ts'
import type { Joined, JoinHow, LeftOf, RightOf } from './how.ts'
import { LEFT } from './how.ts'

/** Options of `cogroup`: the windows, and all that `window` takes. */
export interface CogroupOptions extends WindowOptions, StepOptions {
  /** The windows, such as `tumbling('10s')`. */
  readonly window: Windows
}

/** Options of a window join. */
export interface WindowJoinOptions<H extends JoinHow = 'inner'> extends CogroupOptions {
  /** Which rows come out; the default is `'inner'`. */
  readonly how?: H
}

/** The elements of two streams with one key in one window, those of each side in the order of event time. */
export interface Cogroup<K, L, R> {
  readonly key: K
  readonly window: Window
  readonly left: readonly L[]
  readonly right: readonly R[]
}

/** A pair of elements with one key in one window. */
export interface WindowJoined<K, L, R> extends Joined<K, L, R> {
  readonly window: Window
}

/** What a window join gives: rows, or the left elements themselves. */
export type WindowJoinRow<H extends JoinHow, K, L, R> = H extends 'semi' | 'anti'
  ? L
  : WindowJoined<K, LeftOf<H, L>, RightOf<H, R>>

/** What the step gives. */
type Both = WindowResult<unknown, { readonly left: readonly unknown[]; readonly right: readonly unknown[] }>

/** A window step for two inputs. */
export interface CogroupStep {
  readonly windows: Windows
  readonly factory: KernelFactory
  readonly fold: AnyFold<unknown, unknown>
  readonly rules: WindowRules
}

/** The window step of both sides. Throws `OPTION_INVALID`. */
export function cogroupStep(
  { window, ...given }: CogroupOptions & Partial<RetractOption>,
  what: string,
): CogroupStep {
  if (typeof (window as Partial<Windows> | undefined)?.kernel !== 'function') {
    throw new GraphError(
      'OPTION_INVALID',
      `${what}: window is ${describeValue(window)}; expected windows such as tumbling('5s') or session('30m')`,
    )
  }
  if (window.kind === 'count') {
    throw new GraphError(
      'OPTION_INVALID',
      `${what}: windows of so many elements depend on which of the two streams is faster; expected windows of time, such as tumbling('5s')`,
    )
  }
  const rules = windowRules(given)
  const fold = foldOf<unknown>({ left: collectSide(LEFT), right: collectSide(LEFT + 1) })
  return { windows: window, factory: window.kernel(fold, rules), fold, rules }
}

/** A result of the step as users see it. */
export function cogroupOf(given: unknown): Cogroup<unknown, unknown, unknown> {
  // Only what the step gives comes here.
  const { value, ...result } = given as Both
  return { ...result, ...value }
}

/** Makes rows of a result of the step. */
export function rowsBy(how: JoinHow): (given: unknown) => readonly unknown[] {
  return given => {
    // Only what the step gives comes here.
    const { key, window, value } = given as Both
    const { left, right } = value
    if (how === 'semi') return right.length > 0 ? left : []
    if (how === 'anti') return right.length > 0 ? [] : left
    const row = (l: unknown, r: unknown): unknown => ({ key, window, left: l, right: r })
    if (right.length === 0) return how === 'left' || how === 'full' ? left.map(l => row(l, undefined)) : []
    if (left.length === 0) return how === 'right' || how === 'full' ? right.map(r => row(undefined, r)) : []
    return left.flatMap(l => right.map(r => row(l, r)))
  }
}

/** All elements of one side. */
function collectSide(side: number): AnyFold<unknown, unknown[]> {
  return onlySide(collect<unknown>(), side)
}

/** The fold, of the elements of one side. */
function onlySide<In, Acc, Out>(fold: Fold<In, Acc, Out>, side: number): Fold<In, Acc, Out> {
  return {
    ...fold,
    fingerprint: `${fold.fingerprint} of ${side}`,
    add: (accumulator, element, place) =>
      place.side === side ? fold.add(accumulator, element, place) : accumulator,
  }
}
