/** What people read when something failed: one clear paragraph; only our own bugs show a stack. */
import { SluiceError, UsageError } from '../errors.ts'
import { EXIT } from './command.ts'
import type { Terminal } from './terminal.ts'

/** Where the code of this package lies: frames from there say nothing to users. */
const OWN_CODE = new URL('../', import.meta.url).href
const OWN_PATH = decodeURIComponent(new URL(OWN_CODE).pathname)

/** 2 for wrong usage, else 1. */
export function exitCodeOf(thrown: unknown): number {
  return thrown instanceof UsageError ? EXIT.usage : EXIT.failed
}

/** Says on standard error what was thrown. */
export function sayError(thrown: unknown, terminal: Terminal): void {
  terminal.clearStatus()
  terminal.say(`${terminal.paint('red', 'error:')} ${errorText(thrown)}`)
}

/** The message, and for what a user's code threw where that was. */
export function errorText(thrown: unknown): string {
  if (!(thrown instanceof SluiceError) || thrown.code === 'INTERNAL') return bugText(thrown)
  const lines = [thrown.message]
  for (const error of chainOf(thrown)) {
    const frame = userFrame(error)
    if (frame === undefined) continue
    if (!lines.some(line => line.includes(error.message)))
      lines.push(`caused by ${error.name}: ${error.message}`)
    lines.push(`    at ${frame}`)
  }
  return lines.join('\n')
}

/** The first line of a stack that is in the user's program, or else in one of its packages. */
export function userFrame(error: Error): string | undefined {
  const frames = (error.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .map(line => line.trim().slice('at '.length))
    .filter(frame => !isOurs(frame))
  return frames.find(frame => !frame.includes('/node_modules/')) ?? frames[0]
}

function isOurs(frame: string): boolean {
  return (
    frame.includes(OWN_CODE) ||
    frame.includes(OWN_PATH) ||
    frame.includes('node:') ||
    frame.includes('<anonymous>)') ||
    !/:\d+:\d+\)?$/.test(frame)
  )
}

function chainOf(thrown: Error): readonly Error[] {
  const chain: Error[] = []
  for (let error: unknown = thrown; error instanceof Error && !chain.includes(error); error = error.cause) {
    chain.push(error)
  }
  return chain
}

function bugText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `${String(thrown)} was thrown`
  const stack = thrown.stack ?? `${thrown.name}: ${thrown.message}`
  return thrown.cause instanceof Error ? `${stack}\ncaused by ${bugText(thrown.cause)}` : stack
}
