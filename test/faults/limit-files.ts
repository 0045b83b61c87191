/**
 * Loaded before a program: its files may not grow beyond `LIMIT_FILES` bytes, as on a full disk, until
 * somebody raises the limit of the processes that are listed in `LIMIT_PIDS`.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'

const bytes = process.env['LIMIT_FILES'] ?? 'unlimited'
appendFileSync(process.env['LIMIT_PIDS'] ?? '', `${process.pid}\n`)
execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`])
