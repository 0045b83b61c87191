/** Feeds a driver in portions, with a run behind each, a crash in the first one, and a drain at the end. */
import type { CrashPoint, TestDriver } from '../../src/testing/index.ts'

/** How elements are fed. */
export interface Portions {
  /** How many elements are fed before each run; what is left is fed before the drain. */
  readonly portions: readonly number[]
  readonly crash?: CrashPoint
}

/** Feeds all elements, one by one; whatever crashes runs again. */
export async function feedInPortions<E>(
  driver: TestDriver,
  { portions, crash }: Portions,
  elements: readonly E[],
  feed: (element: E, number: number) => Promise<void>,
): Promise<void> {
  let fed = 0
  const feedNext = async (count: number): Promise<void> => {
    for (const element of elements.slice(fed, fed + count)) await feed(element, fed++)
  }
  for (const [number, portion] of portions.entries()) {
    await feedNext(portion)
    if (number === 0) driver.crashAt(crash)
    if ((await driver.run()) === 'crashed') await driver.run()
  }
  await feedNext(elements.length)
  if ((await driver.drain()) === 'crashed') await driver.drain()
}
