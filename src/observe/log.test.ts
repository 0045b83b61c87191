import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../errors.ts'
import type { SluiceEvent } from './events.ts'
import { NO_LATENCY } from './latency.ts'
import { type Logger, lineLogger, logJson, logText, parseLogLevels, withLevels } from './log.ts'
import { FAILURES_TOLD, logEvents } from './log-events.ts'

/** A logger that keeps `level room message`. */
function keeper(): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = []
  const logger = lineLogger(
    line => lines.push(line),
    (level, message, { room }) => `${level} ${room} ${message}`,
  )
  return { lines, logger }
}

const FAILED: SluiceEvent = {
  type: 'error',
  code: 'STEP_FAILED',
  message: 'step "a" failed: no',
  step: 'a',
  action: 'skipped',
}

const PROGRESS: SluiceEvent = {
  type: 'progress',
  worker: 0,
  time: 0,
  records: 7,
  written: 3,
  late: 0,
  finallyLate: 0,
  skipped: 0,
  deadLetters: 0,
  commits: 0,
  stateEntries: 0,
  inputs: [],
  steps: [],
  commitLatency: NO_LATENCY,
  heap: { used: 0, limit: 1 },
  watermark: null,
  heldBy: null,
}

test('levels hold for all rooms, and for single ones', () => {
  const { lines, logger } = keeper()
  const leveled = withLevels(logger, parseLogLevels('warn,engine=debug,state=off', '--log'))
  leveled.info('1', { room: 'runtime' })
  leveled.warn('2', { room: 'runtime' })
  leveled.debug('3', { room: 'engine' })
  leveled.error('4', { room: 'state' })
  assert.deepEqual(lines, ['warn runtime 2', 'debug engine 3'])
})

test('a room alone leaves the others at info', () => {
  assert.deepEqual(parseLogLevels('broker=debug', '--log'), { all: 'info', rooms: { broker: 'debug' } })
})

for (const [text, found] of [
  ['loud', '"loud" where a level'],
  ['kitchen=debug', '"kitchen" where a room'],
  ['engine=', '"" where a level'],
] as const) {
  test(`levels such as ${text} are refused, with those that there are`, () => {
    assert.throws(
      () => parseLogLevels(text, 'SLUICE_LOG'),
      (thrown: unknown) => {
        assert.ok(thrown instanceof UsageError)
        assert.ok(thrown.message.startsWith(`SLUICE_LOG says ${found}`), thrown.message)
        return true
      },
    )
  })
}

test('a line of JSON has time, level, room, message and what else is known', () => {
  const line = logJson(0, 'warn', 'a "b"', { room: 'engine', step: 's', big: 1n })
  assert.deepEqual(JSON.parse(line), {
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    room: 'engine',
    message: 'a "b"',
    step: 's',
    big: '1',
  })
  assert.equal(logText(0, 'info', 'hi', { room: 'cli' }), '1970-01-01T00:00:00.000Z info  cli     hi')
})

test('a flood of failing elements is counted, and told anew after each report of progress', () => {
  const { lines, logger } = keeper()
  const hear = logEvents(logger, { app: 'app' })
  for (let i = 0; i < FAILURES_TOLD + 3; i++) hear(FAILED)
  hear(PROGRESS)
  hear(FAILED)
  assert.deepEqual(lines, [
    ...Array.from({ length: FAILURES_TOLD }, () => 'warn engine skipped: step "a" failed: no'),
    'warn engine … and 3 more like these',
    'debug runtime app: 7 records read, 3 written',
    'warn engine skipped: step "a" failed: no',
  ])
})

test('the life cycle is told of the worker that it belongs to; print is no log', () => {
  const { lines, logger } = keeper()
  const hear = logEvents(logger, { app: 'app', workers: 2 })
  hear({ type: 'lifecycle', worker: 1, state: 'running', detail: 'on memory:, 1 task' })
  hear({ type: 'lifecycle', worker: 1, state: 'failed', detail: 'died (SIGKILL); starts again in 100ms' })
  hear({ type: 'print', step: 'p', value: 1 })
  hear({ type: 'heartbeat', worker: 1 })
  assert.deepEqual(lines, [
    'info runtime app, worker 1: running on memory:, 1 task',
    'warn runtime app, worker 1 died (SIGKILL); starts again in 100ms',
  ])
})

test('a circuit that opens is a warning that says until when and why, and one that closes is told', () => {
  const { lines, logger } = keeper()
  const hear = logEvents(logger, { app: 'app' })
  const until = Date.UTC(2026, 0, 1)
  hear({ type: 'circuit', step: 'load', until, failures: 5, error: 'TypeError: no' })
  hear({ type: 'circuit', step: 'load', until: null, failures: 0, error: '' })
  assert.deepEqual(lines, [
    'warn engine step "load": circuit open until 2026-01-01T00:00:00.000Z, after 5 calls in a row that failed: TypeError: no',
    'info engine step "load": circuit closed, calls go on',
  ])
})
