import assert from 'node:assert/strict'
import test from 'node:test'
import { makePlan, type Plan, taskName } from '../../src/engine/index.ts'
import { App, json, tumbling } from '../../src/index.ts'

const reading = json({ sensor: 'string', time: 'number', value: 'number' })

type Readings = ReturnType<typeof readingsOf>

function readingsOf(app: App, keyedBy?: 'sensor') {
  return app.stream(app.topic('readings', { value: reading, ...(keyedBy === undefined ? {} : { keyedBy }) }))
}

function planOf(build: (app: App) => void, partitions: Record<string, number>, shards = 4): Plan {
  const app = new App('app')
  build(app)
  return makePlan(app.graph(), { shards, partitions: new Map(Object.entries(partitions)) })
}

function windowed(build: (readings: Readings) => Readings, keyedBy?: 'sensor') {
  return (app: App): void => {
    build(readingsOf(app, keyedBy)).keyBy('sensor').window(tumbling('1m')).count().print()
  }
}

function shapeOf(plan: Plan): unknown {
  return plan.fragments.map(({ steps, inputs, tasks, depth }) => ({
    steps: steps.map(step => step.id).join(' '),
    inputs: inputs.map(input => `${input.kind} ${input.step} ${input.partitions}`).join(', '),
    tasks,
    depth,
  }))
}

test('an exchange cuts a graph in two', () => {
  assert.deepEqual(
    shapeOf(
      planOf(
        windowed(r => r),
        { readings: 3 },
      ),
    ),
    [
      { steps: 'readings readings.keyBy', inputs: 'source readings 3', tasks: 3, depth: 0 },
      { steps: 'readings.count readings.print', inputs: 'exchange readings.keyBy 4', tasks: 4, depth: 1 },
    ],
  )
})

test('without a keyBy there is one fragment, with a task for each partition', () => {
  const plan = planOf(
    app => {
      readingsOf(app)
        .filter(r => r.value > 0)
        .print()
    },
    { readings: 3 },
  )
  assert.deepEqual(shapeOf(plan), [
    { steps: 'readings readings.filter readings.print', inputs: 'source readings 3', tasks: 3, depth: 0 },
  ])
})

test('each further keyBy lies deeper', () => {
  const plan = planOf(
    app => {
      const counts = readingsOf(app).keyBy('sensor').window(tumbling('1m')).count()
      counts
        .keyBy(count => count.value)
        .window(tumbling('1h'))
        .count()
        .print()
    },
    { readings: 2 },
  )
  assert.deepEqual(
    plan.fragments.map(fragment => fragment.depth),
    [0, 1, 2],
  )
})

test('merged sources are one fragment, with as many tasks as the larger topic has partitions', () => {
  const plan = planOf(
    app => {
      readingsOf(app)
        .merge(app.stream(app.topic('others', { value: reading })))
        .print()
    },
    { readings: 2, others: 5 },
  )
  assert.deepEqual(
    plan.fragments.map(fragment => fragment.tasks),
    [5],
  )
})

const LEFT_OUT: Readonly<Record<string, (app: App) => void>> = {
  'by the topic’s field': windowed(r => r, 'sensor'),
  'behind filter, peek and eventTime': windowed(
    r =>
      r
        .filter(each => each.value > 0)
        .peek(() => {})
        .eventTime(each => each.time),
    'sensor',
  ),
  'by the record’s own key': app => {
    readingsOf(app, 'sensor').keyBy().window(tumbling('1m')).count().print()
  },
}

for (const [name, build] of Object.entries(LEFT_OUT)) {
  test(`${name} the exchange is left out`, () => {
    const plan = planOf(build, { readings: 4 })
    assert.deepEqual([...plan.leftOut], ['readings.keyBy'])
    assert.equal(plan.fragments.length, 1)
    assert.equal(plan.exchanges.length, 0)
  })
}

const KEPT: Readonly<Record<string, readonly [(app: App) => void, number]>> = {
  'the topic does not say how it is keyed': [windowed(r => r), 4],
  'there are more shards than partitions': [windowed(r => r, 'sensor'), 3],
  'there are fewer shards than partitions': [windowed(r => r, 'sensor'), 5],
  'a map may have changed the value': [windowed(r => r.map(each => each), 'sensor'), 4],
  'a flatMap may have changed the value': [windowed(r => r.flatMap(each => [each]), 'sensor'), 4],
  'an asynchronous step may have changed the value': [
    windowed(r => r.mapAsync(async each => each), 'sensor'),
    4,
  ],
  'the key is a function': [
    app => {
      readingsOf(app, 'sensor')
        .keyBy(r => r.sensor)
        .window(tumbling('1m'))
        .count()
        .print()
    },
    4,
  ],
  'the key is another field': [
    app => {
      readingsOf(app, 'sensor').keyBy('value').window(tumbling('1m')).count().print()
    },
    4,
  ],
  'another topic is merged in': [
    app => {
      const others = app.stream(app.topic('others', { value: reading, keyedBy: 'sensor' }))
      readingsOf(app, 'sensor').merge(others).keyBy('sensor').window(tumbling('1m')).count().print()
    },
    4,
  ],
}

for (const [name, [build, partitions]] of Object.entries(KEPT)) {
  test(`the exchange stays where ${name}`, () => {
    const plan = planOf(build, { readings: partitions, others: 4 })
    assert.equal(plan.leftOut.size, 0)
  })
}

test('channels are named by the producing tasks: their first input and partition', () => {
  const plan = planOf(
    windowed(r => r),
    { readings: 2 },
  )
  assert.deepEqual(plan.exchanges[0]?.channels, ['readings/0', 'readings/1'])
  assert.equal(taskName(plan.fragments[1]!, 3), 'readings.keyBy/3')
})

function partialOf(build: (app: App) => void): string | undefined {
  return planOf(build, { readings: 2 }).exchanges[0]?.partialFor?.id
}

test('a mergeable fold right behind the exchange takes partial aggregates', () => {
  assert.equal(partialOf(windowed(r => r)), 'readings.count')
})

const WHOLE: Readonly<Record<string, (app: App) => void>> = {
  'the late stream is connected': app => {
    const windows = readingsOf(app).keyBy('sensor').window(tumbling('1m'))
    windows.count().print()
    windows.late.print()
  },
  'two aggregations read the exchange': app => {
    const windows = readingsOf(app).keyBy('sensor').window(tumbling('1m'))
    windows.count().print()
    windows.sum(r => r.value).print()
  },
  'the fold depends on the order': app => {
    readingsOf(app)
      .keyBy('sensor')
      .window(tumbling('1m'))
      .reduce((_, last) => last)
      .print()
  },
  'the results are running': app => {
    readingsOf(app).keyBy('sensor').running().count().print()
  },
  'something stands before the window': app => {
    readingsOf(app)
      .keyBy('sensor')
      .filter(r => r.value > 0)
      .window(tumbling('1m'))
      .count()
      .print()
  },
  'the step is retried': app => {
    readingsOf(app).keyBy('sensor').window(tumbling('1m')).count({ onError: 'retry' }).print()
  },
}

for (const [name, build] of Object.entries(WHOLE)) {
  test(`elements travel whole where ${name}`, () => {
    assert.equal(partialOf(build), undefined)
  })
}
