/**
 * Reads MATCH_RECOGNIZE of SQL, as far as the recorded cases need it, into a pattern, a strategy to go on by, and
 * what makes a row of a match: `PATTERN` of variables with quantifiers, `DEFINE` and `MEASURES` with
 * comparisons, arithmetic, `FIRST`, `LAST` and aggregates, `AFTER MATCH SKIP`, `WITHIN`.
 */
import { pattern, type SkipStrategy } from '../../../src/index.ts'
import { compare } from './compare.ts'
import type { LoosePattern, LooseStage, PlayedEvent } from './play.ts'

/** What was read. */
export interface Recognition {
  readonly pattern: LoosePattern
  readonly skip: SkipStrategy
  /** The measures of a match. */
  readonly row: (taken: Taken) => readonly unknown[]
}

type Taken = Readonly<Record<string, readonly PlayedEvent[]>>
type Value = number | string | boolean | null
/** What an expression gives, with the events of each variable; in a definition the event at hand is the last of its own. */
type Expression = (taken: Taken) => Value

interface Variable {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly isReluctant: boolean
}

const UNIT_MS: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
}

/** Reads a query. Throws where it is more than the recorded cases have. */
export function readMatchRecognize(sql: string): Recognition {
  const tokens = new Tokens(sql)
  tokens.skipPast('MEASURES')
  const measures = tokens.list(() => {
    const measure = expression(tokens)
    tokens.expect('AS')
    tokens.next()
    return measure
  })
  if (tokens.take('ONE')) for (const word of ['ROW', 'PER', 'MATCH']) tokens.expect(word)
  let skip: SkipStrategy = 'toNext'
  if (tokens.take('AFTER')) skip = readSkip(tokens)
  tokens.expect('PATTERN')
  tokens.expect('(')
  const variables: Variable[] = []
  while (!tokens.take(')')) variables.push(readVariable(tokens))
  const withinMs = tokens.take('WITHIN') ? readInterval(tokens) : undefined
  const definitions = new Map<string, Expression>()
  if (tokens.take('DEFINE')) {
    tokens.list(() => {
      const name = tokens.next()
      tokens.expect('AS')
      definitions.set(name, expression(tokens))
    })
  }
  tokens.expect(')')
  return {
    pattern: patternOf(variables, definitions, withinMs),
    skip,
    row: taken => measures.map(measure => measure(taken)),
  }
}

function patternOf(
  variables: readonly Variable[],
  definitions: ReadonlyMap<string, Expression>,
  withinMs: number | undefined,
): LoosePattern {
  let made: LoosePattern | undefined
  for (const variable of variables) {
    const { name } = variable
    const definition = definitions.get(name)
    const where = (e: PlayedEvent, taken: Taken): boolean =>
      definition === undefined || definition({ ...taken, [name]: [...(taken[name] ?? []), e] }) === true
    // Which stages there are is known only when this runs.
    const stage = made === undefined ? pattern<PlayedEvent>().begin(name, where) : made.next(name, where)
    made = quantified(stage as unknown as LooseStage, variable)
  }
  if (made === undefined) throw new Error('PATTERN without variables')
  return withinMs === undefined ? made : made.within(withinMs)
}

/** As Flink translates them: rows follow one another, and as many as can be are taken. */
function quantified(stage: LooseStage, { from, to, isReluctant }: Variable): LoosePattern {
  const loose = (made: unknown): LoosePattern => made as LoosePattern
  if (from === 1 && to === 1) return loose(stage)
  if (from === 0 && to === 1) return loose(stage.optional())
  const isOpen = to === Number.POSITIVE_INFINITY
  const counted = isOpen ? (from > 1 ? stage.timesOrMore(from) : stage.oneOrMore()) : stage.times(from, to)
  const strict = counted.consecutive()
  const chosen = isReluctant || from === to ? strict : strict.greedy()
  return loose(isOpen && from === 0 ? chosen.optional() : chosen)
}

function readSkip(tokens: Tokens): SkipStrategy {
  tokens.expect('MATCH')
  tokens.expect('SKIP')
  if (tokens.take('PAST')) {
    tokens.expect('LAST')
    tokens.expect('ROW')
    return 'pastLastEvent'
  }
  tokens.expect('TO')
  const to = tokens.next()
  const stage = tokens.next()
  if (to === 'NEXT') return 'toNext'
  return to === 'FIRST' ? { toFirst: stage } : { toLast: stage }
}

function readVariable(tokens: Tokens): Variable {
  const name = tokens.next()
  let [from, to] = [1, 1]
  let isQuantified = true
  if (tokens.take('+')) to = Number.POSITIVE_INFINITY
  else if (tokens.take('*')) [from, to] = [0, Number.POSITIVE_INFINITY]
  else if (tokens.take('?')) from = 0
  else if (tokens.take('{')) {
    from = tokens.peek() === ',' ? 0 : Number(tokens.next())
    to = from
    if (tokens.take(',')) to = tokens.peek() === '}' ? Number.POSITIVE_INFINITY : Number(tokens.next())
    tokens.expect('}')
  } else isQuantified = false
  return { name, from, to, isReluctant: isQuantified && tokens.take('?') }
}

function readInterval(tokens: Tokens): number {
  tokens.expect('INTERVAL')
  const amount = Number(tokens.next().replaceAll("'", ''))
  const unit = tokens.next()
  const ms = UNIT_MS[unit.replace(/S$/, '')]
  if (ms === undefined) throw new Error(`no unit ${unit}`)
  return amount * ms
}

function expression(tokens: Tokens): Expression {
  return anyOf(tokens)
}

function anyOf(tokens: Tokens): Expression {
  const parts = [allOf(tokens)]
  while (tokens.take('OR')) parts.push(allOf(tokens))
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : taken => parts.some(part => part(taken) === true)
}

function allOf(tokens: Tokens): Expression {
  const parts = [comparison(tokens)]
  while (tokens.take('AND')) parts.push(comparison(tokens))
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : taken => parts.every(part => part(taken) === true)
}

function comparison(tokens: Tokens): Expression {
  if (tokens.take('NOT')) {
    const negated = comparison(tokens)
    return taken => negated(taken) === false
  }
  const left = sumOf(tokens)
  if (tokens.take('IS')) {
    const isNot = tokens.take('NOT')
    tokens.expect('NULL')
    return taken => (left(taken) === null) !== isNot
  }
  if (tokens.take('BETWEEN')) {
    const low = sumOf(tokens)
    tokens.expect('AND')
    const high = sumOf(tokens)
    return taken => compared(low(taken), '<=', left(taken)) && compared(left(taken), '<=', high(taken))
  }
  const operator = tokens.peek()
  if (!/^(<|>|<=|>=|=|<>)$/.test(operator)) return left
  tokens.next()
  const right = sumOf(tokens)
  return taken => compared(left(taken), operator, right(taken))
}

/** What is not known is not so. */
function compared(left: Value, operator: string, right: Value): boolean {
  return left !== null && right !== null && compare(left, operator, right)
}

function sumOf(tokens: Tokens): Expression {
  let left = productOf(tokens)
  for (;;) {
    const before = left
    if (tokens.take('+')) {
      const right = productOf(tokens)
      left = taken => calculated(before(taken), right(taken), (a, b) => a + b)
    } else if (tokens.take('-')) {
      const right = productOf(tokens)
      left = taken => calculated(before(taken), right(taken), (a, b) => a - b)
    } else return left
  }
}

function productOf(tokens: Tokens): Expression {
  let left = operand(tokens)
  for (;;) {
    const before = left
    if (tokens.take('*')) {
      const right = operand(tokens)
      left = taken => calculated(before(taken), right(taken), (a, b) => a * b)
    } else if (tokens.take('/')) {
      const right = operand(tokens)
      left = taken => calculated(before(taken), right(taken), (a, b) => Math.trunc(a / b))
    } else return left
  }
}

function calculated(left: Value, right: Value, by: (left: number, right: number) => number): Value {
  return typeof left === 'number' && typeof right === 'number' ? by(left, right) : null
}

function operand(tokens: Tokens): Expression {
  if (tokens.take('(')) {
    const inner = expression(tokens)
    tokens.expect(')')
    return inner
  }
  if (tokens.take('-')) {
    const negated = operand(tokens)
    return taken => calculated(0, negated(taken), (a, b) => a - b)
  }
  const word = tokens.next()
  if (/^\d/.test(word)) return () => Number(word)
  if (word.startsWith("'")) return () => word.slice(1, -1)
  if (word === 'TRUE' || word === 'FALSE') return () => word === 'TRUE'
  if (tokens.take('(')) return call(word, tokens)
  const field = fieldOf(tokens)
  return taken => field(taken[word]?.at(-1))
}

function call(name: string, tokens: Tokens): Expression {
  if (name === 'MOD') {
    const left = expression(tokens)
    tokens.expect(',')
    const right = expression(tokens)
    tokens.expect(')')
    return taken => calculated(left(taken), right(taken), (a, b) => a % b)
  }
  const variable = tokens.next()
  const field = variable === '*' ? () => 1 : fieldOf(tokens)
  const back = tokens.take(',') ? Number(tokens.next()) : 0
  tokens.expect(')')
  const events = (taken: Taken): readonly PlayedEvent[] =>
    variable === '*' ? Object.values(taken).flat() : (taken[variable] ?? [])
  if (name === 'FIRST') return taken => field(events(taken)[back])
  if (name === 'LAST') return taken => field(events(taken).at(-1 - back))
  return taken => aggregated(name, events(taken).map(field))
}

function aggregated(name: string, values: readonly Value[]): Value {
  const numbers = values.map(Number)
  if (name === 'COUNT') return values.length
  if (values.length === 0) return null
  const sum = numbers.reduce((total, value) => total + value, 0)
  switch (name) {
    case 'SUM':
      return sum
    // Of integers, as the recorded values are, the mean is one too.
    case 'AVG':
      return Math.trunc(sum / numbers.length)
    case 'MIN':
      return Math.min(...numbers)
    case 'MAX':
      return Math.max(...numbers)
    default:
      throw new Error(`no function ${name}`)
  }
}

function fieldOf(tokens: Tokens): (e: PlayedEvent | undefined) => Value {
  tokens.expect('.')
  const name = tokens.next()
  const field = { id: 'id', k: 'key', t: 'time', ts: 'time', v: 'value' }[name]
  if (field === undefined) throw new Error(`no column ${name}`)
  return e => (e === undefined ? null : (Reflect.get(e, field) as Value))
}

/** The words of a query, one after the other. */
class Tokens {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(sql: string) {
    this.#tokens = sql.match(/'[^']*'|\w+(?:\.\d+)?|<=|>=|<>|[^\s\w]/g) ?? []
  }

  peek(): string {
    return this.#tokens[this.#at] ?? ''
  }

  next(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new Error('the query ends too early')
    return token
  }

  take(word: string): boolean {
    if (this.peek() !== word) return false
    this.#at++
    return true
  }

  expect(word: string): void {
    const token = this.next()
    if (token !== word) throw new Error(`found ${token}; expected ${word}`)
  }

  skipPast(word: string): void {
    while (this.next() !== word);
  }

  list<T>(read: () => T): readonly T[] {
    const items = [read()]
    while (this.take(',')) items.push(read())
    return items
  }
}
