/** Lines that are no readings: the n-th follows from n alone. */
import { seededRandom } from '../../src/testing/choices.ts'

const READING = Buffer.from('{"sensor":"cellar","time":1767225600500,"value":21.5}')
/** Every so many lines there is a long one, and every so many a huge one. */
const LONG_EVERY = 1000
const HUGE_EVERY = 50_000
const LONG_BYTES = 20_000
const HUGE_BYTES = 4_000_000

/** A line that no decoder of readings can read. */
export function rubbish(n: number): Buffer {
  const random = seededRandom(n)
  const below = (limit: number): number => Math.floor(random() * limit)
  const noise = (length: number): Buffer => {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) bytes[i] = below(256)
    return bytes
  }
  if (n % HUGE_EVERY === 1) return Buffer.concat([READING.subarray(0, -1), Buffer.alloc(HUGE_BYTES, ' ')])
  if (n % LONG_EVERY === 2) return noise(LONG_BYTES)
  switch (n % 8) {
    case 0: // bytes of any kind; an 0xff first, as no text begins like that
      return Buffer.concat([Buffer.of(0xff), noise(below(200))])
    case 1: // cut off
      return READING.subarray(0, below(READING.length))
    case 2: // a character that is none
      return replaced(13, 0xf8 + below(8))
    case 3: // NULs, and in the midst of a reading
      return below(2) === 0 ? Buffer.alloc(1 + below(50)) : replaced(below(READING.length), 0)
    case 4: // other JSON
      return Buffer.from(JSON.stringify({ sensor: below(1e6), time: 'now', value: null }))
    case 5: // without an end
      return Buffer.from('[{"a":'.repeat(1 + below(100)))
    case 6: // a log line
      return Buffer.from(`ERROR ${n}: "sensor" \\u12 said:\t${'?'.repeat(below(80))}\r`)
    default: // nothing
      return Buffer.alloc(below(3), ' ')
  }
}

function replaced(at: number, byte: number): Buffer {
  const bytes = Buffer.from(READING)
  bytes[at] = byte
  return bytes
}
