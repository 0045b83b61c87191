/** `sluice backup` and `sluice restore`: a broker file to keep, and back. */
import { resolve } from 'node:path'
import { backupFile, restoreFile } from '../broker/index.ts'
import { UsageError } from '../errors.ts'
import { formatDuration, systemClock } from '../time/index.ts'
import type { Arguments } from './arguments.ts'
import { brokerUrl, isMissing } from './broker-url.ts'
import { BROKER_OPTION, type Command } from './command.ts'
import type { Terminal } from './terminal.ts'
import { countText, numberText, sizeText } from './texts.ts'
import { withSignals } from './with-signals.ts'

/** Where nobody watches, a line about progress comes no more often. */
const PLAIN_INTERVAL_MS = 5000

export const backup: Command = {
  name: 'backup',
  positionals: ['FILE'],
  summary: 'copies the broker file as it is at one moment, while apps go on using it',
  details: ['Topics, positions and state are those of one commit. FILE appears when it is complete.'],
  options: { force: { help: 'replace FILE if it is there' }, broker: BROKER_OPTION },
  examples: [['sluice backup /backups/monday', 'all of ./.sluice']],
  run: (args, terminal) => withSignals(terminal, signal => runBackup(args, terminal, signal)),
}

export const restore: Command = {
  name: 'restore',
  positionals: ['FILE'],
  summary: 'makes a backup the broker file, after checking the checksum of every batch',
  details: ['Refuses a broker file that is there without --force, and one that is in use in any case.'],
  options: { force: { help: 'replace the broker file that is there' }, broker: BROKER_OPTION },
  examples: [['sluice restore /backups/monday --broker file:./again', 'to another place']],
  run: (args, terminal) => withSignals(terminal, signal => runRestore(args, terminal, signal)),
}

async function runBackup(args: Arguments, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { url, path } = brokerFile(args)
  const to = resolve(args.positional(0))
  if (isMissing(url)) throw new UsageError(`there is no broker ${url} to back up`)
  if (to === path) throw new UsageError(`${to} is the broker file itself: name another one`)
  const startedAt = systemClock.monotonic()
  const tell = teller(terminal)
  await backupFile(path, to, {
    signal,
    force: args.flag('force'),
    progress: (done, total) => tell(`copied ${numberText(done)} of ${countText(total, 'page')}`),
  })
  terminal.clearStatus()
  terminal.say(`backed up ${url} to ${to} in ${formatDuration(systemClock.monotonic() - startedAt)}`)
}

async function runRestore(args: Arguments, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { url, path } = brokerFile(args)
  const from = resolve(args.positional(0))
  if (from === path) throw new UsageError(`${from} is the broker file itself: name the backup`)
  const tell = teller(terminal)
  const { topics, records, batches, bytes, apps } = await restoreFile(from, path, {
    signal,
    force: args.flag('force'),
    progress: done => tell(`checked ${sizeText(done)}`),
  })
  terminal.clearStatus()
  terminal.say(
    `restored ${url} from ${from}: ${countText(topics, 'topic')} with ${countText(records, 'record')}, ${numberText(batches)} batches of ${sizeText(bytes)}, all sound; ${apps.length === 0 ? 'no app has run on it' : `apps: ${apps.join(', ')}`}`,
  )
}

function brokerFile(args: Arguments): { readonly url: string; readonly path: string } {
  const url = brokerUrl(args)
  if (url.startsWith('file:') && url.length > 5) return { url, path: resolve(url.slice(5)) }
  throw new UsageError(`the broker "${url}" is no file, so there is nothing to copy; use file:PATH`)
}

/** Redraws a line where somebody watches; else says one now and then. */
function teller(terminal: Terminal): (text: string) => void {
  let saidAt = systemClock.monotonic()
  return text => {
    const now = systemClock.monotonic()
    if (terminal.isWatched) terminal.status(text)
    else if (now - saidAt >= PLAIN_INTERVAL_MS) {
      saidAt = now
      terminal.say(text)
    }
  }
}
