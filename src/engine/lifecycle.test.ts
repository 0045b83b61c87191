import assert from 'node:assert/strict'
import test from 'node:test'
import { Lifecycle, type LifecycleState, TRANSITIONS } from './lifecycle.ts'

const STATES = Object.keys(TRANSITIONS) as readonly LifecycleState[]

/** The shortest way to a state. */
const WAYS: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  starting: [],
  claiming: ['claiming'],
  restoring: ['claiming', 'restoring'],
  running: ['claiming', 'restoring', 'running'],
  paused: ['claiming', 'restoring', 'running', 'paused'],
  stopping: ['claiming', 'restoring', 'running', 'stopping'],
  stopped: ['claiming', 'restoring', 'running', 'stopping', 'stopped'],
  failed: ['failed'],
}

function lifecycleAt(state: LifecycleState): { lifecycle: Lifecycle; told: string[] } {
  const told: string[] = []
  const lifecycle = new Lifecycle((now, detail) => told.push(`${now} ${detail}`.trim()))
  for (const next of WAYS[state]) lifecycle.become(next)
  told.length = 0
  return { lifecycle, told }
}

for (const from of STATES) {
  for (const to of STATES) {
    const allowed = TRANSITIONS[from].includes(to)
    test(`${from} ${allowed ? 'becomes' : 'cannot become'} ${to}`, () => {
      const { lifecycle, told } = lifecycleAt(from)
      if (allowed) {
        lifecycle.become(to, 'because')
        assert.deepEqual([lifecycle.state, told], [to, [`${to} because`]])
      } else {
        assert.throws(() => lifecycle.become(to), { code: 'INTERNAL' })
        assert.deepEqual([lifecycle.state, told], [from, []])
      }
    })
  }
}

test('from every state but the last ones a worker can fail', () => {
  const failing = STATES.filter(state => TRANSITIONS[state].includes('failed'))
  assert.deepEqual(failing, ['starting', 'claiming', 'restoring', 'running', 'paused', 'stopping'])
})
