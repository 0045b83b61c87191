/**
 * Counts the words that come over TCP, from any number of connections at once.
 *
 *     node examples/live/word-count.ts
 *     echo to be or not to be | nc -N 127.0.0.1 5000
 */
import { Stream } from 'sluice'
import { type TcpServerOptions, tcpServer } from 'sluice/tcp'

const PORT = 5000

/** How often each word has come, after each word. */
export function wordCounts(
  port: number,
  options: TcpServerOptions = {},
): Stream<ReadonlyMap<string, number>> {
  return Stream.from(tcpServer(port, options))
    .map(line => line.split(' '))
    .flatten()
    .frequencies()
}

if (import.meta.main) for await (const counts of wordCounts(PORT)) console.log(counts)
