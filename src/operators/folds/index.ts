/** Folds: how elements are aggregated. */
export { type Aggregation, type FoldsByName, foldOf } from './aggregate.ts'
export type { AnyFold, Fold, Place } from './fold.ts'
export { guardedAdd } from './guarded-add.ts'
export { count, max, mean, min, sum } from './numbers.ts'
export { collect, first, last, reduce, runningReduce } from './ordered.ts'
