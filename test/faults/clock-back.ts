/** Loaded before a program: once the file that `CLOCK_BACK` names exists, the wall clock is an hour behind. */
import { existsSync } from 'node:fs'

const HOUR_MS = 3_600_000
const flag = process.env['CLOCK_BACK'] ?? ''
const now = Date.now.bind(Date)
let back = false

Date.now = () => {
  back ||= existsSync(flag)
  return back ? now() - HOUR_MS : now()
}
