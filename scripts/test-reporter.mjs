/**
 * A reporter for node:test that tells the runner, over file descriptor 3, how each test went: one
 * JSON object per line, written at once so that nothing is lost when the process dies.
 *
 * `pass`, `fail` and `skip` are one test each; `note` is what a test said with `t.diagnostic`; `idle`
 * and `busy` say whether a test is running or waiting; `end` means that all have been reported.
 */
import { writeSync } from 'node:fs'
import { inspect } from 'node:util'

// biome-ignore lint/correctness/useYield: node:test wants a generator, and would print what it yields
export default async function* report(events) {
  const names = []
  let open = 0
  for await (const { type, data } of events) {
    if (type === 'test:enqueue') {
      if (open++ === 0) send({ kind: 'busy' })
    } else if (type === 'test:complete') {
      if (--open === 0) send({ kind: 'idle' })
    } else if (type === 'test:start') {
      names.length = data.nesting
      names.push(data.name)
    } else if (type === 'test:pass') {
      if (data.details.type !== 'suite')
        send({ kind: isSkipped(data) ? 'skip' : 'pass', ...place(names, data) })
    } else if (type === 'test:fail') {
      const error = data.details.error
      if (error?.failureType === 'subtestsFailed') continue
      const kind = isSkipped(data) ? 'skip' : 'fail'
      send({ kind, ...place(names, data), error: describe(error), ms: data.details.duration_ms })
    } else if (type === 'test:diagnostic' && data.file !== undefined) {
      send({ kind: 'note', text: data.message })
    }
  }
  send({ kind: 'end' })
}

function send(message) {
  writeSync(3, `${JSON.stringify(message)}\n`)
}

function isSkipped(data) {
  return data.skip !== undefined || data.todo !== undefined
}

function place(names, data) {
  return { name: [...names.slice(0, data.nesting), data.name].join(' › '), file: data.file, line: data.line }
}

/** The error as its author would want to read it: without the wrapping and Node's own frames. */
function describe(failure) {
  const error = failure?.code === 'ERR_TEST_FAILURE' ? (failure.cause ?? failure) : failure
  return chain(error).join('\ncaused by ')
}

function chain(error) {
  if (!(error instanceof Error)) return [typeof error === 'string' ? error : inspect(error)]
  const lines = (error.stack ?? String(error)).split('\n')
  const text = lines.filter(line => !/^\s+at .*(\(|\s)node:/.test(line)).join('\n')
  const more = error instanceof AggregateError ? error.errors.flatMap(chain) : []
  return [text, ...more, ...(error.cause === undefined ? [] : chain(error.cause))]
}
