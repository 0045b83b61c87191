/** Runs one definition of a stream live, and in an app with and without mishaps, on the same input. */
import { setImmediate as turn } from 'node:timers/promises'
import { App, json, ManualClock, Stream } from '../../src/index.ts'
import type { Stream as AnyStream } from '../../src/operators/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

/** Two inputs to a result. */
export type Definition = (a: AnyStream<number>, b: AnyStream<number>) => AnyStream<unknown>

/** What happens: an element of the first or the second input, time that passes, a mishap of the app. */
export type Happening =
  | { readonly kind: 'a'; readonly value: number }
  | { readonly kind: 'b'; readonly value: number }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'crash' }
  /** Stopped, and started again so much later. */
  | { readonly kind: 'stop'; readonly ms: number }

/** Under the test driver, a commit takes a few milliseconds: times must be much longer. */
const STEP_MS = 500

/** What a live stream gives, its end included. Mishaps are nothing but time. */
export async function runLive(
  define: Definition,
  happenings: readonly Happening[],
): Promise<readonly unknown[]> {
  const clock = new ManualClock(0)
  const a = new Stream<number>({ clock, name: 'a' })
  const b = new Stream<number>({ clock, name: 'b' })
  const out = define(a, b).toArray()
  for (const each of happenings) {
    if (each.kind === 'a') void a.emit(each.value)
    else if (each.kind === 'b') void b.emit(each.value)
    else if (each.kind !== 'crash') await pass(clock, each.ms)
    await turn()
  }
  let isOver = false
  const over = Promise.all([a.end(), b.end()]).then(() => {
    isOver = true
  })
  for (let left = 2000; !isOver && left > 0; left--) await pass(clock, STEP_MS)
  if (!isOver) throw new Error('the end does not come')
  await over
  await a.dispose()
  return out
}

/** What an app gives on the same input, drained at its end. */
export async function runApp(
  define: Definition,
  happenings: readonly Happening[],
  { shards = 1 }: { readonly shards?: number } = {},
): Promise<readonly unknown[]> {
  const app = new App('app', { shards })
  const inputs = {
    a: app.topic('a', { value: json<number>() }),
    b: app.topic('b', { value: json<number>() }),
  }
  const out = app.topic('out', { value: json<unknown>() })
  define(app.stream(inputs.a), app.stream(inputs.b)).to(out)
  const driver = new TestDriver(app)
  await settle(driver)
  for (const [number, each] of happenings.entries()) {
    switch (each.kind) {
      case 'a':
      case 'b':
        // What the element did is undone by a crash that follows, and done again.
        if (happenings[number + 1]?.kind === 'crash') driver.crashAt({ moment: 'beforeCommit' })
        await driver.feed(inputs[each.kind], [each.value])
        break
      case 'pause':
        await driver.advance(each.ms)
        break
      case 'crash':
        driver.crashAt(undefined)
        if (driver.isRunning) await driver.crash()
        break
      case 'stop':
        await driver.stop()
        driver.clock.advance(each.ms)
    }
    await settle(driver)
  }
  await driver.stop()
  while ((await driver.drain()) === 'crashed');
  return driver.values(out)
}

/** Lets everything happen that is about to happen; a dead app is started again. */
async function settle(driver: TestDriver): Promise<void> {
  do {
    if (!driver.isRunning) await driver.start()
    await driver.settle()
  } while (!driver.isRunning)
}

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    clock.advance(STEP_MS)
    await turn()
  }
}
