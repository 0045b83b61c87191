/**
 * Loaded before the command (`node --import`): kills the process at a named point of its n-th commit,
 * as `SLUICE_KILL=POINT:N` says. `begin`: a transaction has begun; `statement`: some of its statements
 * have run; `before-commit` and `after-commit`: around the moment at which it becomes durable.
 */
import { StatementSync } from 'node:sqlite'

/** The points at which a process can be killed. */
export type KillPoint = 'begin' | 'statement' | 'before-commit' | 'after-commit'

const [point, number] = (process.env['SLUICE_KILL'] ?? '').split(':')
if (point !== undefined && number !== undefined) killAt(point as KillPoint, Number(number))

function killAt(wanted: KillPoint, nth: number): void {
  const run = StatementSync.prototype.run
  let transactions = 0
  let statements = 0
  const die = (): void => {
    process.kill(process.pid, 'SIGKILL')
  }
  StatementSync.prototype.run = function (this: StatementSync, ...values) {
    const sql = this.sourceSQL
    if (sql.startsWith('BEGIN')) {
      transactions++
      statements = 0
    }
    if (transactions >= nth) {
      if (wanted === 'before-commit' && sql === 'COMMIT') die()
      if (wanted === 'statement' && ++statements === 4) die()
    }
    const result: unknown = Reflect.apply(run, this, values)
    if (transactions >= nth) {
      if (wanted === 'begin' && sql.startsWith('BEGIN')) die()
      if (wanted === 'after-commit' && sql === 'COMMIT') die()
    }
    return result
  } as typeof run
}
