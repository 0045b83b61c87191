/** The flights of the npm package `vega-datasets`: three million departures in the USA in 2001. */
import { readFile } from 'node:fs/promises'
import { zstdDecompressSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'

/** A departure: `time` in epoch milliseconds, as if airports lay in UTC; `delay` in minutes. */
export interface Flight {
  readonly origin: string
  readonly time: number
  readonly delay: number
}

interface Row {
  readonly date: Date
  readonly delay: bigint
  readonly origin: string
}

const FILE = new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets'))

/** All flights of the file in its order, which is that of their times. */
export async function* readFlights(): AsyncGenerator<readonly Flight[]> {
  const file = new Uint8Array(await readFile(FILE)).buffer
  const metadata = parquetMetadata(file)
  const columns = ['date', 'delay', 'origin']
  const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) }
  let rowStart = 0
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    const rows = await parquetReadObjects({ file, metadata, columns, compressors, rowStart, rowEnd })
    yield (rows as unknown as readonly Row[]).map(flightOf)
    rowStart = rowEnd
  }
}

function flightOf({ date, delay, origin }: Row): Flight {
  return { origin, time: date.getTime(), delay: Number(delay) }
}
