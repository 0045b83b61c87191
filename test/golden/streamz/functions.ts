/** The functions that recorded cases of streamz name, with Python's meanings. */

/** A function as a case names it: its name, or the name and arguments. */
export type FunctionName = string | readonly [string, ...(readonly unknown[])]

// Cases are data: what a function is given, its case says.
type AnyFunction = (...values: never[]) => unknown
type Maker = (...given: never[]) => AnyFunction

/** What `failIf` and its relatives throw. */
export class Boom extends Error {
  override readonly name = 'Boom'
}

const FUNCTIONS: Readonly<Record<string, Maker>> = {
  identity: () => (x: unknown) => x,
  add: (n: number) => (x: number) => x + n,
  mul: (n: number) => (x: number) => x * n,
  negate: () => (x: number) => -x,
  mod: (n: number) => (x: number) => mod(x, n),
  pairMod: (n: number) => (x: number) => [x, mod(x, n)],
  range: (n: number) => (x: number) => Array.from({ length: n }, (_, i) => x + i),
  repeatMod: (n: number) => (x: number) => new Array<number>(mod(x, n)).fill(x),
  sum: () => (xs: readonly number[]) => sum(xs),
  length: () => (xs: { readonly length: number }) => xs.length,
  first: () => (xs: readonly unknown[]) => xs[0],
  lastOf: () => (xs: readonly unknown[]) => xs.at(-1),
  collatz: () => (x: number) => (x % 2 === 0 ? x / 2 : 3 * x + 1),
  upper: () => (x: string) => x.toUpperCase(),
  lookup: (table: Readonly<Record<string, unknown>>) => (x: string) => table[x] ?? [],
  failIf: (limit: unknown) => (x: unknown) => failIf(x, limit),
  isEven: () => (x: number) => mod(x, 2) === 0,
  isOdd: () => (x: number) => mod(x, 2) === 1,
  gt: (n: number) => (x: number) => x > n,
  lt: (n: number) => (x: number) => x < n,
  modEq: (n: number, r: number) => (x: number) => mod(x, n) === r,
  startsWith: (prefix: string) => (x: string) => x.startsWith(prefix),
  always: () => () => true,
  plus:
    () =>
    (...xs: readonly number[]) =>
      sum(xs),
  minus: () => (a: number, b: number) => a - b,
  affine: (k: number) => (a: number, b: number) => a + k * b,
  accAdd: () => (state: number, x: number) => state + x,
  accMax: () => (state: number, x: number) => Math.max(state, x),
  accMin: () => (state: number, x: number) => Math.min(state, x),
  accCount: () => (state: number) => state + 1,
  accSumOf: () => (state: number, xs: readonly number[]) => state + sum(xs),
  accMulMod: (m: number) => (state: number, x: number) => mod(state * 31 + x, m),
  accFail: (n: number) => (state: number, x: number) => state + failIf(x, n),
  accEnumerate: () => (state: number, x: unknown) => [state + 1, [state, x]],
  accDelta: () => (state: number, x: number) => [x, x - state],
}

/** The function of this name. */
export function functionOf(name: FunctionName): (...values: unknown[]) => unknown {
  const [key, ...given] = typeof name === 'string' ? [name] : name
  const make = FUNCTIONS[key]
  if (make === undefined) throw new Error(`no function "${key}" is known`)
  return make(...(given as never[])) as (...values: unknown[]) => unknown
}

/** What Python takes for true. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

function failIf<T>(x: T, limit: unknown): T {
  if (x === limit) throw new Boom(`refused ${String(x)}`)
  return x
}

function mod(x: number, n: number): number {
  return ((x % n) + n) % n
}

function sum(xs: readonly number[]): number {
  return xs.reduce((total, x) => total + x, 0)
}
