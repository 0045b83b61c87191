import assert from 'node:assert/strict'
import test from 'node:test'
import { deserialize, serialize } from 'node:v8'
import { describeUncopyable } from './uncopyable.ts'

const COPIES: Readonly<Record<string, (value: unknown) => unknown>> = {
  threads: structuredClone,
  processes: value => deserialize(serialize(value)) as unknown,
}

for (const [kind, copy] of Object.entries(COPIES)) {
  test(`${kind}: the innermost part that cannot be copied is named`, () => {
    const value = { fine: 1, list: [{ map: new Map([['key', { call: () => 1 }]]) }] }
    assert.match(describeUncopyable(value, copy), /^\.list\[0\]\.map\.get\("key"\)\.call is a function \(/)
  })

  test(`${kind}: a value that is a function itself is it`, () => {
    assert.match(
      describeUncopyable(() => 1, copy),
      /^it is a function \(.*could not be cloned\.\); send data: /,
    )
  })

  test(`${kind}: keys of maps, members of sets and symbols are named`, () => {
    assert.match(describeUncopyable(new Map([[Symbol('s'), 1]]), copy), /^ \(a key of the map\) is a symbol/)
    assert.match(
      describeUncopyable(new Set([Promise.resolve()]), copy),
      /^ \(a member of the set\) is \[object Promise\]/,
    )
  })

  test(`${kind}: an object whose getter throws is blamed itself`, () => {
    const value = {
      get broken(): never {
        throw new Error('not now')
      },
    }
    assert.match(describeUncopyable(value, copy), /^it is \[object Object\] \(not now\)/)
  })

  test(`${kind}: what is very deep is named by what holds it`, () => {
    let value: unknown = () => 1
    for (let depth = 0; depth < 20; depth++) value = { deeper: value }
    assert.match(describeUncopyable(value, copy), /^(\.deeper){6} is \[object Object\]/)
  })
}
