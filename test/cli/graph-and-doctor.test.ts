/** `sluice graph` and `sluice doctor`. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Place, program } from './command.ts'

test('a graph is drawn in every format', async t => {
  const place = new Place(t)
  const beginnings = {
    text: 'sums\n└─ readings',
    mermaid: 'flowchart LR\n',
    dot: 'digraph "sums" {\n',
    json: '{\n  "version": 1,\n  "name": "sums"',
    svg: '<svg xmlns="http://www.w3.org/2000/svg"',
  }
  await Promise.all(
    Object.entries(beginnings).map(async ([format, beginning]) => {
      const { code, stdout } = await place.run(['graph', program('sums'), '--format', format])
      assert.equal(code, 0)
      assert.ok(stdout.startsWith(beginning), stdout)
    }),
  )
  assert.equal(existsSync(join(place.folder, '.sluice')), false)
})

test('the doctor makes nothing, and warns of a broker that is not there', async t => {
  const place = new Place(t)
  const { code, stdout } = await place.run(['doctor', program('sums')])
  assert.equal(code, 0)
  assert.match(stdout, /^✓ Node /m)
  assert.match(stdout, /^! there is no broker file:\.\/\.sluice yet\n {2}→ sluice topic create/m)
  assert.equal(existsSync(join(place.folder, '.sluice')), false)
})

test('the doctor says what fits, and who holds the watermark', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, [
    { sensor: 's', time: 5000, value: 1 },
    { sensor: 's', time: 9000, value: 1 },
  ])
  await place.run(['run', program('sums'), '--until-caught-up'])
  const { code, stdout } = await place.run(['doctor', program('sums')])
  assert.equal(code, 0, stdout)
  assert.match(stdout, /^✓ app "sums" does not run, nothing behind$/m)
  assert.match(stdout, /^✓ input topic "readings" has 2 partitions$/m)
  assert.match(stdout, /^✓ what earlier runs left fits the program$/m)
  assert.match(stdout, /is held by readings\/0, whose latest event is of 1970-01-01T00:00:05\.000Z$/m)
})

test('the doctor names missing topics, state that does not fit, and what depends on order or clock', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, [{ sensor: 's', time: 5000, value: 1 }])
  await place.run(['run', program('sums'), '--until-caught-up'])
  const file = place.file(
    'other.ts',
    "import { App, json } from 'sluice'",
    "const app = new App('sums')",
    "const readings = app.topic('readings', { value: json({ sensor: 'string' }) })",
    "const quick = app.stream(readings).mapAsync(async r => r, { order: 'none' })",
    "quick.keyBy('sensor').running().reduce(r => r).print()",
    "const counts = app.stream(readings, { id: 'again' }).keyBy('sensor').running().count()",
    'counts.keyBy(c => c.value).running().count().print()',
    "app.stream(app.topic('queries')).print()",
    'export default app',
  )
  const { code, stdout } = await place.run(['doctor', file])
  assert.equal(code, 1)
  assert.match(stdout, /^✗ input topic "queries" does not exist\n {2}→ sluice topic create queries/m)
  assert.match(
    stdout,
    /^✗ step "readings\.sum" .* is not in the program any more\n.*--drop-state readings\.sum/m,
  )
  assert.match(stdout, /^! step "readings\.reduce" depends on the order .* by 2 channels/m)
  assert.match(stdout, /^! step "readings\.reduce" depends on the order .* "readings\.mapAsync" gives/m)
  assert.match(stdout, /^! step "again\.count-2" takes each result of "again\.count" for a new one/m)
  assert.doesNotMatch(stdout, /"again\.count" depends on the order/)
})

test('the doctor knows that order by key is enough for what is kept per key, and not behind another key', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, [{ sensor: 's', time: 5000, value: 1 }])
  const file = place.file(
    'by-key.ts',
    "import { App, json } from 'sluice'",
    "const app = new App('by-key')",
    "const readings = app.topic('readings', { value: json({ sensor: 'string' }) })",
    "const slow = app.stream(readings).keyBy('sensor').mapAsync(async r => r, { id: 'slow', order: 'key' })",
    "slow.scan((_, r) => r, undefined, { id: 'same' }).print()",
    "slow.keyBy(r => r.sensor.length).scan((_, r) => r, undefined, { id: 'other' }).print()",
    'export default app',
  )
  const { stdout } = await place.run(['doctor', file])
  assert.doesNotMatch(stdout, /step "same" depends on the order .* "slow" gives/)
  assert.match(stdout, /^! step "other" depends on the order .* "slow" gives .*\n {2}→ .*order: "all"$/m)
})

test('the doctor warns of corrections that come too late for the windows below', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, [{ sensor: 's' }])
  const file = place.file(
    'corrected.ts',
    "import { App, json, tumbling } from 'sluice'",
    "const app = new App('corrected')",
    "const readings = app.topic('readings', { value: json({ sensor: 'string' }), partitions: 1 })",
    "const minutes = app.stream(readings).keyBy('sensor')",
    "  .window(tumbling('1m'), { lateness: '1h', retract: true }).count({ id: 'minutes' })",
    "minutes.window(tumbling('1h')).count({ id: 'hours' }).print()",
    "minutes.window(tumbling('1h'), { lateness: '1h' }).count({ id: 'corrected' }).print()",
    'export default app',
  )
  const { stdout } = await place.run(['doctor', file])
  assert.match(stdout, /"minutes" corrects its results for 3600000 ms, and the windows of step "hours" take/)
  assert.doesNotMatch(stdout, /windows of step "corrected"/)
})

test('the doctor finds a file that is no broker', async t => {
  const place = new Place(t)
  place.file('.sluice', 'not a database at all, but long enough to be looked at by anybody who tries')
  const { code, stdout } = await place.run(['doctor'])
  assert.equal(code, 1)
  assert.match(stdout, /^✗ the broker file .* is damaged, or is no broker file/m)
})

test('the doctor and a run warn of results that nobody reads, and of a window without an aggregation', async t => {
  const place = new Place(t)
  await place.topic('readings', 1)
  const file = place.file(
    'forgot.ts',
    "import { App, json, tumbling } from 'sluice'",
    "const app = new App('forgot')",
    "const readings = app.stream(app.topic('readings', { value: json({ sensor: 'string', time: 'number' }) }))",
    "readings.eventTime(r => r.time).keyBy('sensor').window(tumbling('5s'))",
    "readings.map(r => r.sensor, { id: 'names' })",
    'readings.print()',
    'export default app',
  )
  const { code, stdout } = await place.run(['doctor', file])
  assert.equal(code, 0)
  assert.match(
    stdout,
    /^! nothing is computed behind "readings.*keyBy": a window or running\(\) gives nothing by itself\n {2}→ call an aggregation/m,
  )
  assert.match(stdout, /^! nobody reads the results of step "names"\n {2}→ end the stream with \.to/m)
  assert.doesNotMatch(stdout, /step "readings"/)
  const run = await place.run(['run', file, '--until-caught-up'])
  assert.match(run.stderr, /^warning: nobody reads the results of step "names"; end the stream/m)
})

test('the doctor says for which of its sides a join waits, and the graph which rows it gives', async t => {
  const place = new Place(t)
  await place.topic('orders', 1, [{ id: 'a', time: 60_000 }])
  await place.topic('payments', 1, [{ id: 'a', time: 5000 }])
  await place.run(['run', program('joins'), '--until-caught-up'])
  const { code, stdout } = await place.run(['doctor', program('joins')])
  assert.equal(code, 0, stdout)
  assert.match(
    stdout,
    /^✓ step "\S+join" waits for its right side, payments\/0: the other one is 55s of event time ahead$/m,
  )
  const graph = await place.run(['graph', program('joins')])
  assert.match(graph.stdout, /join.*left, from 0 to 900000 ms/)
})
