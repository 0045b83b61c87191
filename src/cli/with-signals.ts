/** Work that a signal stops before it has changed anything. */
import { UsageError } from '../errors.ts'
import { EXIT } from './command.ts'
import { StopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

/** Does the work, and gives the exit code; `signal` is aborted by the first signal. */
export async function withSignals(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const signals = new StopSignals(terminal)
  try {
    await work(signals.signal)
  } catch (thrown) {
    if (signals.exitCode === undefined) throw thrown
    terminal.clearStatus()
    terminal.say(thrown instanceof UsageError ? thrown.message : String(thrown))
  } finally {
    signals.finish()
  }
  return signals.exitCode ?? EXIT.done
}
