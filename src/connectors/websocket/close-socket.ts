/** Ends a connection of the standard WebSocket, which has no way to be cut off. */
import type { Clock } from '../../time/index.ts'

/** A server that does not answer the end of a connection is not waited for longer. */
const CLOSE_GRACE_MS = 1000

const NORMAL = 1000

/** Resolves when the connection is closed, or the server has had a moment for its answer. */
export async function closeSocket(socket: WebSocket, clock: Clock): Promise<void> {
  if (socket.readyState === socket.CLOSED) return
  const closed = new AbortController()
  socket.addEventListener('close', () => closed.abort(), { once: true })
  socket.close(NORMAL)
  await clock.sleep(CLOSE_GRACE_MS, closed.signal)
}
