/**
 * Loaded before a program that a script starts: lets the same signal through once per request.
 *
 * Ctrl-C reaches every process of the terminal's foreground group, and npm passes on what it gets as
 * well, so a program under `npm run` sees one Ctrl-C twice within a few milliseconds. As a second
 * signal means "stop at once", the echo must not count. People are slower than `ECHO_MS`.
 */

const ECHO_MS = 100
const lastSeen = { SIGINT: Number.NEGATIVE_INFINITY, SIGTERM: Number.NEGATIVE_INFINITY }
const emit = process.emit

process.emit = function emitOnce(name, ...args) {
  if (Object.hasOwn(lastSeen, name)) {
    const now = performance.now()
    const isEcho = now - lastSeen[name] < ECHO_MS
    lastSeen[name] = now
    if (isEcho) return true
  }
  return emit.call(this, name, ...args)
}
