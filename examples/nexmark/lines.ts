/** Reads the lines of a file, packed by gzip or not, as bytes; the memory does not grow with the file. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { UsageError } from 'sluice'

/** No event is longer: what is longer is no file of events. */
const MAX_LINE_BYTES = 1_048_576
const READ_BYTES = 262_144
const NEWLINE = 0x0a
const RETURN = 0x0d

/** The lines of a file that are not empty, each with its number from 0. Good until the next one is asked for. */
export async function* readLines(file: string): AsyncGenerator<readonly [number: number, line: Buffer]> {
  let number = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunksOf(file)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = trimmed(bytes.subarray(start, end))
      if (line.length > 0) yield [number, line]
      number++
      start = end + 1
    }
    rest = bytes.subarray(start)
    if (rest.length <= MAX_LINE_BYTES) continue
    throw new UsageError(
      `${file}: line ${number + 1} is longer than ${MAX_LINE_BYTES} bytes; expected one event as JSON in each line`,
    )
  }
  const line = trimmed(rest)
  if (line.length > 0) yield [number, line]
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const isPacked = await hasGzipMark(file)
  const raw = createReadStream(file, { highWaterMark: READ_BYTES })
  if (!isPacked) return yield* raw
  const unpacked = createGunzip({ chunkSize: READ_BYTES })
  raw.on('error', error => unpacked.destroy(error))
  try {
    yield* raw.pipe(unpacked)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new UsageError(`${file} is packed by gzip, and damaged or cut off: ${why}`, { cause: thrown })
  } finally {
    raw.destroy()
  }
}

async function hasGzipMark(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}

function trimmed(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line
}
