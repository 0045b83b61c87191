/**
 * The order of candidates that began with the same event, as numbers that are part of the state: so it is the
 * same after a restart.
 *
 * Invariant: in a list, orders of one first event rise. Only what is written anyway gets another number, unless
 * there is no number left between two.
 */
import type { Candidate } from './match-state.ts'

/** Numbers the candidates that have to be written so that each stands where it does in the list, and writes them. */
export function writeInOrder(candidates: readonly Candidate[], write: (candidate: Candidate) => void): void {
  for (let at = 0; at < candidates.length; at++) {
    const first = candidates[at]
    if (first === undefined || !first.isUnwritten) continue
    let end = at + 1
    while (isUnwrittenOf(candidates[end], first)) end++
    const [from, to] = isSpread(candidates, at, end) ? [at, end] : renumbered(candidates, first)
    for (let number = from; number < to; number++) {
      const candidate = candidates[number]
      if (candidate !== undefined) write(candidate)
    }
    at = end - 1
  }
}

function isUnwrittenOf(candidate: Candidate | undefined, { start }: Candidate): boolean {
  return candidate?.isUnwritten === true && candidate.start === start
}

/** Gives the candidates from `at` to `end` numbers between those beside them; says whether there were enough. */
function isSpread(candidates: readonly Candidate[], at: number, end: number): boolean {
  const start = candidates[at]?.start
  const before = candidates[at - 1]
  const after = candidates[end]
  const low = before?.start === start ? before?.order : undefined
  const high = after?.start === start ? after?.order : undefined
  const count = end - at
  let last = low ?? Number.NEGATIVE_INFINITY
  for (let number = 0; number < count; number++) {
    const candidate = candidates[at + number]
    if (candidate === undefined) continue
    if (high === undefined) candidate.order = (low ?? -1) + 1 + number
    else if (low === undefined) candidate.order = high - count + number
    else candidate.order = low + ((high - low) * (number + 1)) / (count + 1)
    if (candidate.order <= last) return false
    last = candidate.order
  }
  return last < (high ?? Number.POSITIVE_INFINITY)
}

/** Numbers all candidates with the same first event anew, and says where they stand. */
function renumbered(
  candidates: readonly Candidate[],
  { start }: Candidate,
): readonly [from: number, to: number] {
  const from = candidates.findIndex(candidate => candidate.start === start)
  let to = from
  for (let each = candidates[to]; each?.start === start; each = candidates[to]) each.order = to++ - from
  return [from, to]
}
