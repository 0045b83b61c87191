/** Checks of options that several connectors have. Each throws `OPTION_INVALID`, which names whose it is. */
import { describeValue, GraphError } from '../../errors.ts'

const MAX_PORT = 65_535

/** A port to listen at; 0 is any that is free. */
export function portNumber(port: number, what: string): number {
  if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) return port
  throw invalid(`${what}: port is ${describeValue(port)}; expected 0 (any free port) to ${MAX_PORT}`)
}

/** Text of at least one character. */
export function someText(text: string, what: string): string {
  if (typeof text === 'string' && text !== '') return text
  throw invalid(`${what} is ${describeValue(text)}; expected text of at least one character`)
}

/** The path of a URL, without query. */
export function urlPath(path: string, name: string): string {
  if (/^\/[^?#\s]*$/.test(path)) return path
  throw invalid(`${name}: path is ${describeValue(path)}; expected a path such as "/events", without query`)
}

/** One of a few words. */
export function oneOf<Word extends string>(value: Word, what: string, words: readonly Word[]): Word {
  if (words.includes(value)) return value
  const list = words.map(word => `"${word}"`).join(', ')
  throw invalid(`${what} is ${describeValue(value)}; expected one of ${list}`)
}

function invalid(message: string): GraphError {
  return new GraphError('OPTION_INVALID', message)
}
