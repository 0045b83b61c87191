/** A circuit breaker of a running app: what people and tools see of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLines, Place } from './command.ts'

const PROGRAM = [
  "import { existsSync } from 'node:fs'",
  "import { App, json } from 'sluice'",
  "const app = new App('asking')",
  "const orders = app.topic('orders', { value: json({ id: 'number' }) })",
  'async function ask(order) {',
  "  if (!existsSync('service-is-up')) throw new Error('no service')",
  '  return order',
  '}',
  "const again = { retry: { attempts: 1000, backOff: '5ms' } }",
  "const breaker = { after: 3, pause: '50ms' }",
  "app.stream(orders).mapAsync(ask, { id: 'ask', onError: again, breaker }).to(app.topic('answers'))",
  'export default app',
]

test('a run says that a circuit is open, until when and why, and loses nothing once the service is back', async t => {
  const place = new Place(t)
  await place.topic('orders', 1, [{ id: 1 }, { id: 2 }])
  const file = place.file('asking.ts', ...PROGRAM)
  const run = place.start(['run', file, '--until-caught-up', '--json'])
  await run.says('"circuit":{')
  place.file('service-is-up', '')
  const { code, stdout, stderr } = await run.ended
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    /warning: step "ask": circuit open until \d{4}-.*Z, after 3 calls in a row that failed: Error: no service\n/,
  )
  assert.match(stderr, /step "ask": circuit closed, calls go on\n/)
  const told = jsonLines(stdout).flatMap(line => {
    const { type, steps = [] } = line as {
      type: string
      steps?: { step: string; circuit?: { error: string } }[]
    }
    return type === 'progress' ? (steps.find(({ step }) => step === 'ask')?.circuit ?? []) : []
  })
  assert.equal(told[0]?.error, 'Error: no service')
  const answers = await place.run(['topic', 'read', 'answers', '--values'])
  assert.deepEqual(jsonLines(answers.stdout), [{ id: 1 }, { id: 2 }])
})
