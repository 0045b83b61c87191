/**
 * Declares the methods behind `Buffer.toString` and `Buffer.write` that Node has and its types lack.
 * They skip the look-up of the encoding's name, which for a short string is half of the work.
 */
declare global {
  interface Buffer {
    /** The text in `[start, end)`, read as UTF-8; what is invalid becomes U+FFFD. */
    utf8Slice(start: number, end: number): string
    /** The text in `[start, end)`, one character per byte. */
    latin1Slice(start: number, end: number): string
    /** Writes `text` at `offset` as UTF-8 and returns how many bytes that took. */
    utf8Write(text: string, offset: number): number
    /** Writes `text` at `offset`, one byte per character, and returns how many. */
    latin1Write(text: string, offset: number): number
  }
}

export {}
