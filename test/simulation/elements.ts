/** What flows through simulated programs, and the pure functions that their steps apply to it. */

/** An element of every simulated stream; its id says which way it came. */
export interface Element {
  readonly id: string
  readonly key: string
  readonly time: number
  readonly value: number
  /** What an aggregation collected. */
  readonly list: readonly string[]
}

/** How the key of an element is found. */
export type KeyBy = 'field' | 'record' | 'function' | 'group' | 'tuple'

/** What a simulated user's function does with an element that it cannot process. */
export type Policy = 'none' | 'skip' | 'deadLetter' | 'retry' | 'retryThenDeadLetter' | 'failOnce'

/** What `map` makes of an element; every third one moves in time, every fifth gets another key. */
export function mapped(element: Element, node: number): Element {
  const number = hash(element.id, node)
  return {
    ...element,
    id: `${element.id}/${node}`,
    value: number % 2 === 0 ? -element.value : element.value,
    time: number % 3 === 0 ? element.time + 3 : element.time,
    key: number % 5 === 0 ? `k${number % 4}` : element.key,
  }
}

/** Whether `filter` keeps an element. */
export function isKept(element: Element, node: number): boolean {
  return hash(element.id, node) % 4 !== 0
}

/** None, one or two elements. */
export function split(element: Element, node: number): Element[] {
  return Array.from({ length: hash(element.id, node) % 3 }, (_, part) => ({
    ...element,
    id: `${element.id}/${node}#${part}`,
    time: element.time + part,
  }))
}

/** The key that a key function gives; `field` and `record` are read elsewhere. */
export function keyOf(element: Element, by: KeyBy): string | number | readonly [string, number] {
  if (by === 'group') return hash(element.key, 0) % 2
  if (by === 'tuple') return [element.key, hash(element.id, 1) % 2]
  return element.key
}

/** Whether a step with a policy cannot process an element. */
export function isBad(element: Element, node: number, policy: Policy): boolean {
  if (policy === 'none') return false
  return hash(element.id, node + 1000) % (policy === 'failOnce' ? 13 : 5) === 0
}

/** Whether the element is lost to the step. */
export function isLost(element: Element, node: number, policy: Policy): boolean {
  return policy !== 'retry' && policy !== 'failOnce' && isBad(element, node, policy)
}

/** Whether a lost element becomes a dead letter. */
export function isDeadLetter(policy: Policy): boolean {
  return policy === 'deadLetter' || policy === 'retryThenDeadLetter'
}

/** The record timestamp of a reading. */
export function timestampOf(element: Element): number {
  return element.time - (hash(element.id, 2) % 3)
}

/** How many turns an asynchronous function takes; now and then so many that much happens meanwhile. */
export function turnsOf(element: Element, node: number): number {
  const number = hash(element.id, node + 2000)
  return number % 7 === 0 ? 20 : number % 4
}

/** The larger of two elements: the same whatever the order and the grouping. */
export function larger(left: Element, right: Element): Element {
  if (left.value !== right.value) return left.value > right.value ? left : right
  return left.id > right.id ? left : right
}

/** A number that depends on a text and a salt. */
export function hash(text: string, salt: number): number {
  let state = (0x811c9dc5 ^ salt) >>> 0
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193) >>> 0
  return (state ^ (state >>> 13)) >>> 0
}
