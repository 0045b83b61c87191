/**
 * What every source must keep, whatever it reads: it stops soon and closes everything, waits for the
 * promise it was given, passes failures on, and can be run again.
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import type { Source } from '../connect/index.ts'
import { systemClock } from '../time/index.ts'
import { SourceProbe } from './source-probe.ts'

/** A source that misbehaves gets so many turns of the event loop to do so. */
const TURNS = 50
/** What is closed may need so many turns until the system has it back. */
const MOST_TURNS_TO_CLOSE = 20_000

/** A source in a test. */
export interface SourceUnderTest {
  readonly source: Source<unknown>
  /** Lets at least so many more elements come, now or while a run goes on; what is returned is not waited for. */
  feed(count: number): void
  /** Closes what belongs to the test, such as its own end of a connection; called when the run has ended. */
  close?(): Promise<void> | void
}

/** What differs between sources. */
export interface SourceConformanceOptions {
  /** `answers`: tells each failure to who sent the element, and goes on. */
  readonly failures?: 'rejects' | 'answers'
}

/** Registers the suite for a source; `open` makes a new one for each test. */
export function sourceConformance(
  name: string,
  open: (t: TestContext) => Promise<SourceUnderTest> | SourceUnderTest,
  options: SourceConformanceOptions = {},
): void {
  describe(`source ${name}`, () => {
    test('a stop ends the run, and nothing is emitted after it', async t => {
      const { subject, probe } = await started(t, open)
      subject.feed(3)
      await probe.until(3)
      probe.abort()
      await probe.done
      const count = probe.values.length
      subject.feed(1)
      await turns(TURNS)
      assert.equal(probe.values.length, count)
    })

    test('a run that is stopped before it begins emits nothing', async t => {
      const { subject, probe } = await started(t, open)
      probe.abort()
      await probe.done
      subject.feed(1)
      await turns(TURNS)
      assert.deepEqual(probe.values, [])
    })

    test('the next element waits for the promise of the one before', async t => {
      const { subject, probe } = await started(t, open)
      probe.hold()
      subject.feed(3)
      await probe.until(1)
      await turns(TURNS)
      assert.equal(probe.values.length, 1)
      probe.release()
      await probe.until(3)
      assert.equal(probe.mostAtOnce, 1)
      await probe.stop()
    })

    test('a stop while an element is held back lets it end, and no other follows', async t => {
      const { subject, probe } = await started(t, open)
      probe.hold()
      subject.feed(3)
      await probe.until(1)
      probe.abort()
      await turns(TURNS)
      probe.release()
      await probe.done
      assert.equal(probe.values.length, 1)
    })

    for (const how of ['throws', 'rejects'] as const) {
      if (options.failures === 'answers') continue
      test(`the run ends with the failure of an element that ${how}`, async t => {
        const { subject, probe } = await started(t, open)
        const failure = new Error('no room for this one')
        if (how === 'rejects') probe.hold()
        probe.fail(failure)
        subject.feed(3)
        if (how === 'rejects') await probe.until(1)
        probe.release()
        await assert.rejects(probe.done, failure)
        assert.equal(probe.values.length, 1)
      })
    }

    test('it can be run again after a stop', async t => {
      const { subject, probe } = await started(t, open)
      subject.feed(2)
      await probe.until(2)
      await probe.stop()
      const again = new SourceProbe(subject.source)
      t.after(() => ended(again))
      subject.feed(2)
      await again.until(2)
      await again.stop()
    })

    test('it closes all that it opened', async t => {
      const before = openFiles()
      const { subject, probe } = await started(t, open)
      subject.feed(2)
      await probe.until(2)
      await probe.stop()
      await subject.close?.()
      for (let turn = 0; openFiles() > before && turn < MOST_TURNS_TO_CLOSE; turn++) await systemClock.yield()
      assert.ok(
        openFiles() <= before,
        `${openFiles() - before} more files, sockets or pipes are open than before`,
      )
    })
  })
}

async function started(
  t: TestContext,
  open: (t: TestContext) => Promise<SourceUnderTest> | SourceUnderTest,
): Promise<{ readonly subject: SourceUnderTest; readonly probe: SourceProbe<unknown> }> {
  const subject = await open(t)
  const probe = new SourceProbe(subject.source)
  t.after(async () => {
    await ended(probe)
    await subject.close?.()
  })
  return { subject, probe }
}

/** Ends a run of which the test has said already what it expects. */
async function ended(probe: SourceProbe<unknown>): Promise<void> {
  await probe.stop().catch(() => undefined)
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await systemClock.yield()
}

/** Files, sockets and pipes that this process has open; 0 where the system does not tell. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}
