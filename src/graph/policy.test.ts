import assert from 'node:assert/strict'
import test from 'node:test'
import { type ErrorPolicy, type ResolvedPolicy, resolvePolicy } from './policy.ts'

const POLICIES: readonly (readonly [ErrorPolicy, ResolvedPolicy])[] = [
  ['fail', { attempts: 1, backOffMs: 0, final: 'fail' }],
  ['skip', { attempts: 1, backOffMs: 0, final: 'skip' }],
  ['deadLetter', { attempts: 1, backOffMs: 0, final: 'deadLetter' }],
  ['retry', { attempts: 5, backOffMs: 100, final: 'fail' }],
  [{ retry: {} }, { attempts: 5, backOffMs: 100, final: 'fail' }],
  [
    { retry: { attempts: 2, backOff: '1s', otherwise: 'deadLetter' } },
    { attempts: 2, backOffMs: 1000, final: 'deadLetter' },
  ],
]

for (const [policy, resolved] of POLICIES) {
  test(`${JSON.stringify(policy)} means ${JSON.stringify(resolved)}`, () => {
    assert.deepEqual(resolvePolicy(policy, 'onError of map'), resolved)
  })
}

test('a back-off that is no duration is refused by name', () => {
  assert.throws(() => resolvePolicy({ retry: { backOff: 'soon' } }, 'onError of map'), {
    code: 'OPTION_INVALID',
    message: /^onError of map: backOff is "soon"/,
  })
})
