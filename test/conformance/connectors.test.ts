/** Every source and sink of the table of guarantees keeps what it says there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../../src/app/index.ts'
import { textFile } from '../../src/connectors/files/index.ts'
import type { Stream } from '../../src/operators/index.ts'
import {
  numbersTopic,
  type SinkUnderTest,
  type SourceUnderTest,
  sinkConformance,
  sourceConformance,
  topicSource,
  topicValues,
} from '../../src/testing/connector-conformance.ts'
import { TestSink } from '../../src/testing/test-sink.ts'
import { temporaryFolder } from '../broker/temporary-folder.ts'
import { SINKS, SOURCES } from './guarantees.ts'

const sources: Readonly<Record<string, (app: App) => SourceUnderTest>> = {
  'app.stream(topic)': topicSource,
}

const sinks: Readonly<Record<string, (app: App, stream: Stream<number>) => SinkUnderTest>> = {
  '.to(topic)': (app, stream) => {
    const out = numbersTopic(app, 'out')
    stream.to(out)
    return { seen: driver => topicValues(driver, out) }
  },
  '.to(sink), with recover': (_, stream) => {
    const sink = new TestSink<number>()
    stream.to(sink)
    return { seen: () => sink.visible }
  },
  '.to(textFile(path))': (_, stream) => {
    const path = join(temporaryFolder(), 'out.txt')
    stream.map(String).to(textFile(path))
    return { seen: () => readFileSync(path, 'utf8').split('\n').filter(Boolean).map(Number) }
  },
  '.print()': (_, stream) => {
    stream.print()
    return {
      seen: driver => driver.events.flatMap(event => (event.type === 'print' ? [Number(event.value)] : [])),
    }
  },
  '.toArray()': (_, stream) => {
    const seen = stream.toArray()
    return { seen: () => seen }
  },
}

for (const guarantees of SOURCES) sourceConformance(guarantees, named(sources, guarantees.name))
for (const guarantees of SINKS) sinkConformance(guarantees, named(sinks, guarantees.name))

function named<T>(all: Readonly<Record<string, T>>, name: string): T {
  const found = all[name]
  if (found === undefined) throw new Error(`the table of guarantees has "${name}", which no suite covers`)
  return found
}
