/** The elements with the highest number, all of them where several are equal in it. */
import type { Aggregation } from 'sluice'

/** An aggregation that keeps the elements with the highest number: one, or all that have it. */
export function highest<T>(number: (element: T) => number): Aggregation<T, T[], T[]> {
  const better = (best: T[], element: T): T[] => {
    const [one] = best
    const ahead = one === undefined ? 1 : number(element) - number(one)
    if (ahead > 0) return [element]
    if (ahead === 0) best.push(element)
    return best
  }
  return { init: () => [], add: better, merge: (best, others) => others.reduce(better, best) }
}
