import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, type Stream, tumbling } from '../../src/index.ts'

interface Click {
  readonly page: string
  readonly time: number
}

function sourceOf(app: App, name = 'clicks'): Stream<Click> {
  return app.stream(app.topic(name, { value: json({ page: 'string', time: 'number' }) }))
}

function idsOf(app: App): readonly string[] {
  return app.graph().steps.map(step => step.id)
}

test('an id is the source’s name and the operator’s, numbered from the second one on', () => {
  const app = new App('app')
  const clicks = sourceOf(app)
  clicks.map(click => click.page).print()
  clicks.map(click => click.time).print()
  assert.deepEqual(idsOf(app), ['clicks', 'clicks.map', 'clicks.print', 'clicks.map-2', 'clicks.print-2'])
})

test('inserting a filter renames nothing else', () => {
  const build = (filtered: boolean): readonly string[] => {
    const app = new App('app')
    const clicks = sourceOf(app)
    const read = filtered ? clicks.filter(click => click.page !== '') : clicks
    read
      .keyBy('page')
      .window(tumbling('1m'))
      .count()
      .keyBy(() => 'all')
      .window(tumbling('1h'))
      .count()
      .print()
    return idsOf(app)
  }
  assert.deepEqual(
    build(true).filter(id => id !== 'clicks.filter'),
    build(false),
  )
})

test('steps behind a merge are named by all sources', () => {
  const app = new App('app')
  sourceOf(app, 'left').merge(sourceOf(app, 'right')).print()
  assert.deepEqual(idsOf(app).slice(2), ['left_right.merge', 'left_right.print'])
})

test('a second stream of the same topic is a step of its own', () => {
  const app = new App('app')
  const topic = app.topic('clicks')
  app.stream(topic).print()
  app.stream(topic).print()
  assert.deepEqual(idsOf(app), ['clicks', 'clicks.print', 'clicks-2', 'clicks-2.print'])
})

test('long names of sources make no endless ids', () => {
  const app = new App('app')
  const streams = Array.from({ length: 9 }, (_, i) => sourceOf(app, `a-topic-with-a-long-name-${i}`))
  const [first, ...others] = streams
  first?.merge(...others).print()
  for (const id of idsOf(app)) assert.ok(id.length <= 100, id)
})

test('a given id is taken as it is, and twice is an error that names it', () => {
  const app = new App('app')
  const clicks = sourceOf(app)
  clicks.map(click => click.page, { id: 'pages' }).print()
  assert.ok(idsOf(app).includes('pages'))
  assert.throws(() => clicks.map(click => click.page, { id: 'pages' }), {
    code: 'STEP_ID_DUPLICATE',
    step: 'pages',
    message: 'step "pages" appears twice in app "app"; step ids must be unique: rename one',
  })
})

test('a derived id gives way to one that was given before', () => {
  const app = new App('app')
  const clicks = sourceOf(app)
  clicks.map(click => click.page, { id: 'clicks.map' }).print()
  clicks.map(click => click.time).print()
  assert.ok(idsOf(app).includes('clicks.map-2'))
})

for (const id of ['', 'with space', 'a/b', 'ä', 'x'.repeat(101)]) {
  test(`${JSON.stringify(id.slice(0, 12))} is no step id`, () => {
    const clicks = sourceOf(new App('app'))
    assert.throws(() => clicks.map(click => click, { id }), {
      code: 'OPTION_INVALID',
      message: /step id ".*" in app "app" is not allowed: use up to 100 letters/,
    })
  })
}
