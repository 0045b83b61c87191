/** The expressions in recorded SQL operations: columns, orders, conditions, names of aggregations. */

/** A row by its columns. */
export type Row = Readonly<Record<string, string | number>>

/** The value of `k`, `v mod 7`; the sign of what is divided is kept, as SQL does. */
export function expressionOf(expression: string, row: Row): string | number {
  const mod = /^(\w+) mod (\d+)$/.exec(expression.trim())
  if (mod !== null) return Number(row[mod[1] ?? '']) % Number(mod[2])
  const value = row[expression.trim()]
  if (value === undefined) throw new Error(`there is no column ${expression}`)
  return value
}

/** The values of columns. */
export function columnsOf(names: readonly string[] = [], row: Row): readonly (string | number)[] {
  return names.map(name => expressionOf(name, row))
}

/** Compares rows by an order such as `['v desc', 't asc']`. */
export function byText(orderBy: string | readonly string[] = []): (left: Row, right: Row) => number {
  const orders = [orderBy].flat().map(text => {
    const [column = '', direction] = text.split(' ')
    return { column, sign: direction === 'desc' ? -1 : 1 }
  })
  return (left, right) => {
    for (const { column, sign } of orders) {
      const [one, other] = [expressionOf(column, left), expressionOf(column, right)]
      if (one !== other) return one < other ? -sign : sign
    }
    return 0
  }
}

/** Whether results fulfil a condition such as `count > 5`. */
export function haves(condition: string, results: Readonly<Record<string, unknown>>): boolean {
  const [name = '', operator = '', number] = condition.split(' ')
  const [value, limit] = [Number(results[name]), Number(number)]
  switch (operator) {
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '=':
      return value === limit
    default:
      throw new Error(`cannot read the condition ${condition}`)
  }
}

/** What an aggregation is, of which column: `sum` (of v), `sum of l.v`, `max of sums`, `countDistinct k`. */
export function foldNames(text: string): {
  readonly name: string
  readonly kind: string
  readonly column: string
} {
  const [kind = '', ...rest] = text.split(' ').filter(word => word !== 'of')
  return { name: kind, kind, column: rest.join(' ').replace(/^[lr]\./, '') || 'v' }
}
