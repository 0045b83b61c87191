/** Reads the body of a request into memory, up to a limit, and no longer than the run goes on. */
import type { IncomingMessage } from 'node:http'

/** What became of a body. */
export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too large' }
  /** The client went away in the middle. */
  | { readonly kind: 'broken' }
  /** The run was stopped in the middle. */
  | { readonly kind: 'stopped' }

/** Never rejects; what is not read stays where it is. */
export function readBody(request: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Body> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    const add = (chunk: Buffer): void => {
      size += chunk.length
      chunks.push(chunk)
      if (size > maxBytes) finish({ kind: 'too large' })
    }
    const end = (): void => finish({ kind: 'whole', bytes: Buffer.concat(chunks, size) })
    const broken = (): void => finish({ kind: 'broken' })
    const stopped = (): void => finish({ kind: 'stopped' })
    const finish = (body: Body): void => {
      request.off('data', add).off('end', end).off('close', broken)
      signal.removeEventListener('abort', stopped)
      if (body.kind !== 'whole') request.pause()
      resolve(body)
    }
    if (signal.aborted) return resolve({ kind: 'stopped' })
    // The client may have gone while the request waited for its turn.
    if (request.destroyed) return resolve({ kind: 'broken' })
    // An error is followed by `close`, which says the same.
    request.on('error', () => undefined)
    request.on('data', add).on('end', end).on('close', broken)
    signal.addEventListener('abort', stopped)
  })
}
