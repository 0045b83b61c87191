import assert from 'node:assert/strict'
import test from 'node:test'
import { SourceProbe } from '../../testing/index.ts'
import { systemClock } from '../../time/index.ts'
import { ByteSplitter } from './byte-splitter.ts'
import { readLines } from './read-lines.ts'
import { RunScope } from './run-scope.ts'
import { Turnstile } from './turnstile.ts'

/** Several connections that are read at once; counts the chunks taken from each. */
function connections(counts: number[]): {
  readonly probe: SourceProbe<string>
  readonly scope: () => RunScope
} {
  let scope: RunScope | undefined
  const probe = new SourceProbe<string>({
    name: 'connections',
    async run(host) {
      const own = new RunScope(host.signal)
      scope = own
      const turnstile = new Turnstile(host, own)
      await Promise.all(
        counts.map(async (_, index) => {
          async function* chunks(): AsyncGenerator<Buffer> {
            for (let number = 0; !own.isStopped; number++) {
              counts[index] = number + 1
              yield Buffer.from(`${index}:${number}\n`)
            }
          }
          const splitter = new ByteSplitter('\n')
          await readLines(chunks(), { splitter, decode: String, turnstile, scope: own })
        }),
      )
      own.end()
    },
  })
  return {
    probe,
    scope: () => scope ?? assert.fail('it does not run'),
  }
}

test('while an element is held back, no connection is read any further', async () => {
  const counts = [0, 0, 0]
  const { probe } = connections(counts)
  probe.hold()
  await probe.until(1)
  for (let turn = 0; turn < 20; turn++) await systemClock.yield()
  assert.equal(probe.values.length, 1)
  assert.deepEqual(counts, [1, 1, 1])
  await probe.stop()
  assert.equal(probe.mostAtOnce, 1)
})

test('connections take turns, and each keeps its order', async () => {
  const { probe } = connections([0, 0])
  for (let round = 0; round < 3; round++) {
    probe.hold()
    await probe.until(probe.values.length + 1)
    for (let turn = 0; turn < 5; turn++) await systemClock.yield()
    probe.release()
  }
  await probe.until(20)
  const values = await probe.stop()
  for (const own of ['0', '1']) {
    const numbers = values.filter(value => value.startsWith(own)).map(value => Number(value.slice(2)))
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index),
    )
  }
})

test('the first failure ends all connections, and is the one that is told', async () => {
  const { probe, scope } = connections([0, 0])
  probe.hold()
  await probe.until(1)
  probe.fail(new Error('no room'))
  scope().fail(new Error('the first'))
  probe.release()
  await assert.rejects(probe.done, { message: 'the first' })
  assert.equal(probe.values.length, 1)
})
