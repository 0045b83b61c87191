import assert from 'node:assert/strict'
import test from 'node:test'
import type { Pool } from '../../connect/index.ts'
import { describeFunction, moduleFunction } from './module-function.ts'

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never

test('the types are those of the function, a promise awaited', () => {
  const fn = moduleFunction<(value: number, unit?: string) => Promise<Date>>('node:nowhere', 'f')
  type Types = NonNullable<typeof fn.types>
  const same: Same<Types, (value: number, unit?: string) => Date> = true
  assert.equal(same, true)
})

test('arguments and results that do not fit do not compile', () => {
  const square = moduleFunction<(value: number) => Promise<number>>('node:nowhere', 'square')
  const untyped = moduleFunction('node:nowhere', 'square')
  const check = async (pool: Pool): Promise<void> => {
    const result: number = await pool.run(square, [1])
    // @ts-expect-error a text is no number
    await pool.run(square, ['1'])
    // @ts-expect-error an argument is missing
    await pool.run(square, [])
    // @ts-expect-error a number is no text
    const text: string = await pool.run(square, [result])
    // @ts-expect-error without its type, nothing is known of the function
    await pool.run(untyped, [text])
  }
  assert.equal(typeof check, 'function')
})

test('without a name it is the default export', () => {
  const fn = moduleFunction<() => void>(new URL('file:///a/work.ts'))
  assert.deepEqual(fn, { kind: 'moduleFunction', module: 'file:///a/work.ts', name: 'default' })
  assert.equal(describeFunction(fn), 'the default export of /a/work.ts')
})

test('an absolute path is as good as a URL', () => {
  assert.equal(moduleFunction<() => void>('/a/b c.ts', 'f').module, 'file:///a/b%20c.ts')
})

for (const module of ['./work.ts', 'work.ts', '@a/package', 'https://example.com/work.js', '']) {
  test(`a module that workers could not find is refused: ${JSON.stringify(module)}`, () => {
    assert.throws(() => moduleFunction<() => void>(module), {
      code: 'OPTION_INVALID',
      message: /^the module of a function is ".*", which workers cannot find: .*import\.meta\.url/,
    })
  })
}
