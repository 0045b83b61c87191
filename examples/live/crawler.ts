/**
 * Crawls a site: each page once, four at a time on a pool of threads, and no more than twenty a second. The
 * links that are found come back into the stream of addresses; the promise of the first `emit` settles when
 * nothing is left.
 *
 *     node examples/live/crawler.ts https://example.com/
 */
import { moduleFunction, Stream, type StreamOptions } from 'sluice'
import type { LoadedPage } from './load-page.ts'

const WORKERS = 4
const RATE = { max: 20, per: '1s' } as const

const load = moduleFunction<typeof import('./load-page.ts').loadPage>(
  new URL('./load-page.ts', import.meta.url),
  'loadPage',
)

/** Calls `visit` with every page that can be reached from `start`; pages that fail are told to `onEvent`. */
export async function crawl(
  start: string,
  visit: (page: LoadedPage) => void,
  options: StreamOptions = {},
): Promise<void> {
  await using addresses = new Stream<string>(options)
  const pages = addresses
    .unique()
    .rateLimit(RATE)
    .scatter({ workers: WORKERS })
    .map(load, { onError: 'skip' })
    .gather()
  pages.sink(visit)
  pages.flatMap(page => page.links).connect(addresses)
  await addresses.emit(start)
}

if (import.meta.main) {
  const [start = 'https://example.com/'] = process.argv.slice(2)
  await crawl(start, ({ address, size, links }) => console.log(address, size, links.length))
}
