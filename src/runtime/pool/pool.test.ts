import assert from 'node:assert/strict'
import test from 'node:test'
import type { PoolOptions } from '../../connect/index.ts'
import { openPool } from './pool.ts'

const OPTIONS: PoolOptions = { kind: 'threads', workers: 2 }

test('a pool holds back callers that ask at twice its workers, unless told otherwise', async () => {
  const pools = [openPool(OPTIONS), openPool({ ...OPTIONS, capacity: 7 })]
  assert.deepEqual(
    pools.map(({ capacity, workers, pending }) => [capacity, workers, pending]),
    [
      [4, 2, 0],
      [7, 2, 0],
    ],
  )
  await Promise.all(pools.map(pool => pool.close()))
})

const WRONG: readonly (readonly [Partial<PoolOptions>, string])[] = [
  [{ workers: 0 }, 'workers of a pool is 0; expected a whole number from 1 to 1024'],
  [{ workers: 1.5 }, 'workers of a pool is 1.5; expected a whole number from 1 to 1024'],
  [{ workers: 5000 }, 'workers of a pool is 5000; expected a whole number from 1 to 1024'],
  [{ workers: Number.NaN }, 'workers of a pool is NaN; expected a whole number from 1 to 1024'],
  [{ capacity: -1 }, 'capacity of a pool is -1; expected a whole number of 1 or more'],
  [{ attempts: 0 }, 'attempts of a pool is 0; expected a whole number of 1 or more'],
  [{ maxHeapMb: 0 }, 'maxHeapMb of a pool is 0; expected a whole number of 1 or more'],
  // A program in plain JavaScript may write anything.
  [{ priority: 'high' as 'low' }, `priority of a pool is "high"; expected 'low' or 'normal'`],
  [{ timeout: 0 }, 'the timeout of a pool is 0; it must be longer than 0'],
  [
    { timeout: '30d' },
    'timeout of a pool is "30d"; expected at most 23 days; leave it out for calls that may take for ever',
  ],
]
for (const [options, message] of WRONG) {
  test(`a pool is not made with ${JSON.stringify(options)}`, () => {
    assert.throws(() => openPool({ ...OPTIONS, ...options }), { code: 'OPTION_INVALID', message })
  })
}

test('a pool of neither threads nor processes is not made', () => {
  // As a program without types may say it.
  const options = { ...OPTIONS, kind: 'fibres' } as unknown as PoolOptions
  assert.throws(() => openPool(options), {
    message: /^kind of a pool is "fibres"; expected 'threads' or 'processes'$/,
  })
})
