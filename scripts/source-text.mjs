/**
 * Looks at TypeScript as text: which characters are code, and what a file imports. Enough for rules
 * about imports and names, without a parser.
 */

/** Behind these a slash starts a regular expression; behind anything else it divides. */
const BEFORE_REGEX =
  /(?:^|[=(,;:!&|?{}[\]+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|await|yield|else|do))\s*$/

/**
 * `text` at the same length and with the same lines, but comments and the contents of strings,
 * templates and regular expressions are spaces. Code inside `${…}` of a template stays.
 */
export function maskText(text) {
  const out = []
  const templates = [] // depth of braces at which each open `${` ends
  let depth = 0
  let at = 0
  const keep = count => {
    out.push(text.slice(at, at + count))
    at += count
  }
  const blank = end => {
    out.push(text.slice(at, end).replace(/[^\n]/g, ' '))
    at = end
  }
  const template = () => {
    const end = endOfTemplate(text, at)
    blank(end)
    if (text[at] === '`') keep(1)
    else if (at < text.length) {
      keep(2)
      templates.push(depth++)
    }
  }
  while (at < text.length) {
    const char = text[at]
    const two = text.slice(at, at + 2)
    if (two === '//') blank(endAt(text, '\n', at))
    else if (two === '/*') blank(endAt(text, '*/', at + 2) + 2)
    else if (char === "'" || char === '"') {
      keep(1)
      blank(endOfString(text, at, char))
      keep(1)
    } else if (char === '`') {
      keep(1)
      template()
    } else if (char === '/' && BEFORE_REGEX.test(lastCode(out))) {
      keep(1)
      blank(endOfRegex(text, at))
      keep(1)
    } else if (char === '{') {
      depth++
      keep(1)
    } else if (char === '}') {
      depth--
      keep(1)
      if (templates.at(-1) === depth) {
        templates.pop()
        template()
      }
    } else keep(1)
  }
  return out.join('')
}

/** What a file imports or re-exports, statically, dynamically or as a type: `{ line, specifier }`. */
export function findImports(text, code = maskText(text)) {
  const found = []
  for (const match of code.matchAll(/(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(?=['"`])/g)) {
    const start = match.index + match[0].length
    const end = code.indexOf(text[start], start + 1)
    found.push({ line: lineOf(text, start), specifier: text.slice(start + 1, end) })
  }
  return found
}

/** The number of the line, from 1, that the character at `offset` is in. */
export function lineOf(text, offset) {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

function lastCode(out) {
  let tail = ''
  for (let i = out.length - 1; i >= 0 && tail.trim().length < 12 && i > out.length - 60; i--)
    tail = out[i] + tail
  return tail
}

function endAt(text, what, from) {
  const found = text.indexOf(what, from)
  return found === -1 ? text.length : found
}

function endOfString(text, from, quote) {
  let at = from
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1
  return at
}

function endOfTemplate(text, from) {
  let at = from
  while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) at += text[at] === '\\' ? 2 : 1
  return Math.min(at, text.length)
}

function endOfRegex(text, from) {
  let inClass = false
  let at = from
  for (; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) break
  }
  return at
}
