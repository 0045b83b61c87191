import type { Context } from '../graph/index.ts'
import type { Operator } from './operator.ts'
import { StatusMerge } from './status-merge.ts'

/** The entrances of a `merge` step: elements pass, watermarks are merged. */
export function mergeEntrances(inputs: number, next: Operator): readonly Operator[] {
  const status = new StatusMerge(inputs)
  return Array.from({ length: inputs }, (_, input) => ({
    push: (value: unknown, context: Context) => {
      next.push(value, context)
    },
    advance: (watermark: number, idle: boolean) => {
      if (status.set(input, watermark, idle)) next.advance(status.watermark, status.idle)
    },
  }))
}

/**
 * The entrances of a step that tells its inputs apart: `context.side` says by which an element comes. Those
 * that are `untimed` do not move event time, until they end.
 */
export function sideEntrances(
  inputs: number,
  step: Operator,
  untimed: readonly number[] = [],
): readonly Operator[] {
  const status = new StatusMerge(inputs)
  for (const input of untimed) status.set(input, Number.NEGATIVE_INFINITY, true)
  return Array.from({ length: inputs }, (_, input) => ({
    push: (value: unknown, context: Context) => {
      const above = context.side
      context.side = input
      step.push(value, context)
      context.side = above
    },
    advance: (watermark: number, idle: boolean) => {
      const isUntimed = watermark < Number.POSITIVE_INFINITY && untimed.includes(input)
      if (isUntimed) return
      if (status.set(input, watermark, idle)) step.advance(status.watermark, status.idle)
    },
  }))
}
