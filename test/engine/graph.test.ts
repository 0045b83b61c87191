import assert from 'node:assert/strict'
import test from 'node:test'
import { readersOf, stepOf, upstreamOf } from '../../src/graph/index.ts'
import { App, json, type Stream, tumbling } from '../../src/index.ts'

interface Click {
  readonly page: string
  readonly time: number
}

function sourceOf(app: App): Stream<Click> {
  return app.stream(app.topic('clicks', { value: json({ page: 'string', time: 'number' }) }))
}

test('an app that reads nothing is refused', () => {
  assert.throws(() => new App('empty').graph(), {
    code: 'GRAPH_INVALID',
    message: 'app "empty" reads nothing: begin with app.stream(app.topic(…))',
  })
})

test('eventTime behind keyBy is refused, with the way out', () => {
  const app = new App('app')
  sourceOf(app)
    .keyBy('page')
    .map(click => click)
    .eventTime(click => click.time)
    .print()
  assert.throws(() => app.graph(), {
    code: 'GRAPH_INVALID',
    step: 'clicks.eventTime',
    message:
      'eventTime stands behind "clicks.keyBy" in app "app", but after a keyBy the records of a source partition are no longer in its order; move eventTime before it, next to the source',
  })
})

test('eventTime behind an unordered asynchronous step is refused, behind an ordered one it is not', () => {
  for (const order of ['all', 'none'] as const) {
    const app = new App('app')
    sourceOf(app)
      .mapAsync(async click => click, { order })
      .eventTime(click => click.time)
      .print()
    if (order === 'all') app.graph()
    else assert.throws(() => app.graph(), /an unordered asynchronous step changes the order of records/)
  }
})

test('eventTime behind a window is refused', () => {
  const app = new App('app')
  sourceOf(app)
    .keyBy('page')
    .window(tumbling('1m'))
    .count()
    .eventTime(result => result.window.end)
    .print()
  assert.throws(() => app.graph(), { code: 'GRAPH_INVALID' })
})

test('the late stream of a window without an aggregation is refused, with the way out', () => {
  const app = new App('app')
  sourceOf(app).keyBy('page').window(tumbling('1m')).late.print()
  assert.throws(() => app.graph(), {
    code: 'GRAPH_INVALID',
    message:
      'print reads the output "late" of a step that was never added to app "app": call an aggregation such as sum() on the window whose late elements you read',
  })
})

test('the late stream may be read before the aggregation is called', () => {
  const app = new App('app')
  const windows = sourceOf(app).keyBy('page').window(tumbling('1m'))
  windows.late.print()
  windows.count().print()
  const ids = app.graph().steps.map(step => step.id)
  assert.ok(ids.indexOf('clicks.count') < ids.indexOf('late.print'), 'what is read stands first')
})

test('a topic is named once', () => {
  const app = new App('app')
  app.topic('clicks')
  assert.throws(() => app.topic('clicks'), { code: 'OPTION_INVALID', message: /named twice in app "app"/ })
})

const BAD_OPTIONS: Readonly<Record<string, (app: App) => unknown>> = {
  'app "app": shards is 0; expected a whole number ≥ 1': () => new App('app', { shards: 0 }),
  'onError of app "app" is "ignore"; expected "fail", "retry", "deadLetter" or "skip"': () =>
    new App('app', { onError: 'ignore' as 'skip' }),
  'mapAsync: concurrency is 0; expected a whole number ≥ 1': app =>
    sourceOf(app).mapAsync(async click => click, { concurrency: 0 }),
  'onError of map: attempts is 0; expected a whole number ≥ 1': app =>
    sourceOf(app).map(click => click, { onError: { retry: { attempts: 0 } } }),
  'topic "t": partitions is 0; expected a whole number ≥ 1': app =>
    app.topic('t', { value: json(), partitions: 0 }),
  'topic "t": from is Invalid Date; expected "earliest", "latest", a valid Date or { offset }': app =>
    app.topic('t', { value: json(), from: new Date(Number.NaN) }),
}

for (const [message, build] of Object.entries(BAD_OPTIONS)) {
  test(message, () => {
    assert.throws(() => build(new App('app')), { code: 'OPTION_INVALID', message })
  })
}

test('a graph knows what stands above and below a step', () => {
  const app = new App('app')
  const clicks = sourceOf(app)
  clicks.keyBy('page').window(tumbling('1m')).count().print()
  clicks.print()
  const graph = app.graph()
  const count = stepOf(graph, 'clicks.count')
  assert.deepEqual(
    upstreamOf(graph, count).map(step => step.id),
    ['clicks.keyBy', 'clicks'],
  )
  assert.deepEqual(
    readersOf(graph, { step: 'clicks', output: undefined }).map(step => step.id),
    ['clicks.keyBy', 'clicks.print-2'],
  )
  assert.deepEqual(readersOf(graph, { step: 'clicks.count', output: 'late' }), [])
})

test('keyBy() by the record’s key is refused where elements have none any more', () => {
  const app = new App('app')
  const clicks = app.topic('clicks', { value: json({ page: 'string' }) })
  app.stream(clicks).keyBy('page').running().count().keyBy().running().count().print()
  assert.throws(() => app.graph(), {
    code: 'GRAPH_INVALID',
    message:
      /keyBy\(\) stands behind "clicks\.(keyBy|count)" in app "app", where elements have no record's key any more; key by a field/,
  })
})

test('a topic without a codec holds any JSON, and one with something else is refused', () => {
  const app = new App('app')
  assert.equal(app.topic('any', { partitions: 2 }).spec.codec.name, 'json')
  assert.throws(() => app.topic('wrong', { value: { page: 'string' } as never }), {
    code: 'OPTION_INVALID',
    message: 'topic "wrong": value is {"page":"string"}; expected a codec such as json({ … })',
  })
})
