/**
 * Walks over JSON bytes by the grammar of RFC 8259, without making values of them.
 *
 * Every `skip` function takes the position where its piece begins and returns the position behind it,
 * or `~position` (a negative number) of the first byte that cannot stand there. Bytes at and behind
 * `end` belong to somebody else and are never looked at. Whether strings are UTF-8 is not checked.
 */

/** Bytes with a meaning in JSON. */
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
/** The first byte that may stand in a string as it is. */
const FIRST_PRINTABLE = 0x20
/** From here on bytes are parts of longer characters. */
const FIRST_NON_ASCII = 0x80

/** 1 for each byte that stands for itself in a string and is ASCII. */
const PLAIN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= FIRST_PRINTABLE && byte < FIRST_NON_ASCII && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
)

/** What `byteAt` gives behind the end. */
const NOTHING = -1
/** Deeper values are left to `JSON.parse`, which does not recurse. */
const MAX_DEPTH = 200

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')
const SIMPLE_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'))
const LOWER_U = 0x75
const PLUS = 0x2b
const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** The byte at `at`, or -1 from `end` on. */
export function byteAt(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? (bytes[at] as number) : NOTHING
}

/** The position of the first byte from `at` on that is not white space, at most `end`. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let next = at
  while (next < end && isSpace(bytes[next] as number)) next++
  return next
}

/** The position of the first byte that makes `bytes[start, end)` no JSON document, or `undefined` if there is none. */
export function firstInvalid(bytes: Uint8Array, start: number, end: number): number | undefined {
  const after = skipValue(bytes, skipSpace(bytes, start, end), end)
  if (after < 0) return ~after
  const rest = skipSpace(bytes, after, end)
  return rest === end ? undefined : rest
}

/** The position of the first byte from `at` on that is not a plain character of a string, at most `end`. */
export function skipPlain(bytes: Uint8Array, at: number, end: number): number {
  let next = at
  while (next < end && PLAIN[bytes[next] as number] === 1) next++
  return next
}

/** Skips one value of any kind. */
export function skipValue(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  const first = byteAt(bytes, at, end)
  if (first === QUOTE) return skipString(bytes, at, end)
  if (first === MINUS || isDigit(first)) return skipNumber(bytes, at, end)
  if (first === OPEN_OBJECT || first === OPEN_LIST) {
    return depth === MAX_DEPTH ? ~at : skipContainer(bytes, at, end, depth)
  }
  if (first === TRUE[0]) return skipWord(bytes, at, end, TRUE)
  if (first === FALSE[0]) return skipWord(bytes, at, end, FALSE)
  return skipWord(bytes, at, end, NULL)
}

/** Skips a string, its quotes and escapes included. */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
  if (byteAt(bytes, at, end) !== QUOTE) return ~at
  let next = at + 1
  while (next < end) {
    const byte = bytes[next] as number
    if (byte === QUOTE) return next + 1
    if (byte < FIRST_PRINTABLE) return ~next
    next = byte === BACKSLASH ? skipEscape(bytes, next, end) : next + 1
    if (next < 0) return next
  }
  return ~end
}

/** Skips a number. */
export function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  let next = byteAt(bytes, at, end) === MINUS ? at + 1 : at
  // a number that begins with 0 has no further digits before its point
  next = byteAt(bytes, next, end) === DIGIT_0 ? next + 1 : skipDigits(bytes, next, end)
  if (next >= 0 && byteAt(bytes, next, end) === DOT) next = skipDigits(bytes, next + 1, end)
  // setting the bit of lower case makes one letter of `E` and `e`
  if (next >= 0 && (byteAt(bytes, next, end) | 0x20) === 0x65) {
    const sign = byteAt(bytes, next + 1, end)
    next = skipDigits(bytes, sign === PLUS || sign === MINUS ? next + 2 : next + 1, end)
  }
  return next
}

/** Skips one of the words of JSON. */
export function skipWord(bytes: Uint8Array, at: number, end: number, word: Uint8Array): number {
  for (let index = 0; index < word.length; index++) {
    if (byteAt(bytes, at + index, end) !== word[index]) return ~(at + index)
  }
  return at + word.length
}

/** Skips `true`. */
export function skipTrue(bytes: Uint8Array, at: number, end: number): number {
  return skipWord(bytes, at, end, TRUE)
}

/** Skips `false`. */
export function skipFalse(bytes: Uint8Array, at: number, end: number): number {
  return skipWord(bytes, at, end, FALSE)
}

/** Skips `null`. */
export function skipNull(bytes: Uint8Array, at: number, end: number): number {
  return skipWord(bytes, at, end, NULL)
}

function skipContainer(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const isObject = bytes[at] === OPEN_OBJECT
  const close = isObject ? CLOSE_OBJECT : CLOSE_LIST
  let next = skipSpace(bytes, at + 1, end)
  if (byteAt(bytes, next, end) === close) return next + 1
  for (;;) {
    if (isObject) {
      next = skipName(bytes, next, end)
      if (next < 0) return next
    }
    next = skipValue(bytes, next, end, depth + 1)
    if (next < 0) return next
    next = skipSpace(bytes, next, end)
    const byte = byteAt(bytes, next, end)
    if (byte === close) return next + 1
    if (byte !== COMMA) return ~next
    next = skipSpace(bytes, next + 1, end)
  }
}

/** Skips the name of a field, the colon, and the white space around it. */
function skipName(bytes: Uint8Array, at: number, end: number): number {
  let next = skipString(bytes, at, end)
  if (next < 0) return next
  next = skipSpace(bytes, next, end)
  return byteAt(bytes, next, end) === COLON ? skipSpace(bytes, next + 1, end) : ~next
}

function skipEscape(bytes: Uint8Array, at: number, end: number): number {
  const kind = byteAt(bytes, at + 1, end)
  if (kind !== LOWER_U) return SIMPLE_ESCAPES.has(kind) ? at + 2 : ~(at + 1)
  for (let next = at + 2; next < at + 6; next++) {
    if (!isHexDigit(byteAt(bytes, next, end))) return ~next
  }
  return at + 6
}

/** Skips one digit or more. */
function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let next = at
  while (next < end && isDigit(bytes[next] as number)) next++
  return next === at ? ~at : next
}

function isSpace(byte: number): boolean {
  return byte === FIRST_PRINTABLE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}
