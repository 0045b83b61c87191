/** Compares by an operator of SQL. */
export function compare<T extends number | string | boolean>(left: T, operator: string, right: T): boolean {
  switch (operator) {
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    case '>=':
      return left >= right
    case '=':
    case '==':
      return left === right
    case '<>':
    case '!=':
      return left !== right
    default:
      throw new Error(`no operator ${operator}`)
  }
}
